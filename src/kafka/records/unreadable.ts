/** The bytes of a batch cannot be read: they are broken, or in a codec that is missing here. Reading again gives the same. */
export class UnreadableRecords extends Error {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = 'UnreadableRecords';
  }
}
