/** Why a world could not be built or broken as a script has it. The text is all that a person needs to know. */
export class ChaosError extends Error {
  override readonly name = 'ChaosError';
}
