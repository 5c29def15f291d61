/** Why the demo cannot begin, or cannot go on. The text is all that a person needs to know. */
export class DemoFailure extends Error {
  override readonly name = 'DemoFailure';
}
