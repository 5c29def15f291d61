/** Flags of `chaos run`, with what the help says of them; `chaos check` has the first. */
export const chaosFlagTable = {
  seed: 'draws other faults at random than the seed of the script',
  json: 'writes the verdict and its figures to this file, as JSON',
  junit: 'writes the checks to this file, as JUnit has them',
  html: 'writes a page with the timeline to this file',
  keep: 'leaves the logs of all processes, and says where they are',
} as const;

/** Those that may stand without a value, which is then `true`. */
export const chaosSwitchFlags: readonly (keyof typeof chaosFlagTable)[] = ['keep'];

/** What is missing where neither `run` nor `check` is said. */
export const chaosUsage =
  'chaos is followed by "run SCRIPT..." or "check SCRIPT..."; docs/CHAOS.md says how a script is written';
