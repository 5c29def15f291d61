/** Flags of the demo alone, with what the help says of them. */
export const demoFlagTable = {
  auto: 'goes on by itself, so long after each step (5s)',
  real: 'on the brokers and the ZooKeeper that the flags name, instead of embedded ones',
  topic: 'the topic to consume; with --real it has to exist (demo-rebalance)',
} as const;

/** Those that may stand without a value, which is then `true`. */
export const demoSwitchFlags: readonly (keyof typeof demoFlagTable)[] = ['auto', 'real'];

const durationLike = /^\d+(?:\.\d+)?(?:ms|s|m)$/;

/** Lets the pause stand behind `--auto` without a "=" as well. */
export function joinPause(argv: readonly string[]): string[] {
  const joined: string[] = [];
  for (const argument of argv) {
    const last = joined.at(-1) ?? '';
    if (/^--?auto$/.test(last) && durationLike.test(argument)) joined[joined.length - 1] = `${last}=${argument}`;
    else joined.push(argument);
  }
  return joined;
}
