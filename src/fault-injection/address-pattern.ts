/**
 * Tells which addresses are meant: `*` stands for any characters within one name, so that a pattern never strikes above or
 * below the level that it names. In time linear in the address.
 */
export function addressMatcher(pattern: string): (address: string) => boolean {
  // The root has no name that an asterisk could stand for.
  if (pattern === '') return (address) => address === '';
  const matchers = pattern.split('/').map(nameMatcher);
  return (address) => {
    const names = address.split('/');
    return address !== '' && names.length === matchers.length && matchers.every((matches, at) => matches(names[at]!));
  };
}

function nameMatcher(pattern: string): (name: string) => boolean {
  const [first = '', ...others] = pattern.split('*');
  const last = others.pop();
  if (last === undefined) return (name) => name === pattern;
  return (name) => {
    if (!name.startsWith(first)) return false;
    // Each piece as early as it comes leaves the most for the rest.
    let at = first.length;
    for (const piece of others) {
      const found = name.indexOf(piece, at);
      if (found < 0) return false;
      at = found + piece.length;
    }
    return name.length - last.length >= at && name.endsWith(last);
  };
}
