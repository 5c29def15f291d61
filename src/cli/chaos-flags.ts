/** Flags of `chaos run` alone, with what the help says of them. */
export const chaosFlagTable = {
  seed: 'draws other faults at random than the seed of the script',
  json: 'writes the verdict and its figures to this file, as JSON',
  junit: 'writes the checks to this file, as JUnit has them',
  html: 'writes a page with the timeline to this file',
  keep: 'leaves the logs of all processes, and says where they are',
} as const;

/** Those that may stand without a value, which is then `true`. */
export const chaosSwitchFlags: readonly (keyof typeof chaosFlagTable)[] = ['keep'];
