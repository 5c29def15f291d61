/** Addresses are names separated by `/`. The empty address is the root of the tree, above every other. */

/**
 * The address made of these names, each percent-encoded, so that a name may hold any character.
 * Throws a RangeError for an empty name, and a URIError for a lone surrogate; neither can come in through HTTP.
 */
export function joinAddress(...names: string[]): string {
  if (names.includes('')) throw new RangeError(`an address holds no empty names: ${JSON.stringify(names)}`);
  return names.map(encodeURIComponent).join('/');
}

/** The names that an address was joined of; none for the root. */
export function namesOf(address: string): string[] {
  return address === '' ? [] : address.split('/').map(decodeURIComponent);
}

/** The address one name shorter; `undefined` for the root. It need not be held by anyone. */
export function parentOf(address: string): string | undefined {
  if (address === '') return undefined;
  return address.slice(0, Math.max(0, address.lastIndexOf('/')));
}

/** Whether `address` lies below `ancestor`; nothing lies below itself. */
export function isBelow(address: string, ancestor: string): boolean {
  return ancestor === '' ? address !== '' : address.startsWith(`${ancestor}/`);
}

/** The address as logs and records show it. A colon in a name is encoded, so the daemon's name stays apart. */
export function displayAddress(daemon: string, address: string): string {
  return daemon === '' ? address : `${daemon}:${address}`;
}
