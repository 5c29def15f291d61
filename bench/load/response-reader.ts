export interface HttpResponse {
  readonly status: number;
  readonly body: Buffer;
}

const endOfHead = Buffer.from('\r\n\r\n');

/**
 * Puts together the responses of one keep-alive connection on which one request is open at a time. It reads no more than
 * the benchmark needs (a length is always announced), so that the generator costs little beside the servers.
 */
export class ResponseReader {
  #pending: Buffer | undefined;

  /** The response that this chunk completes. @throws Error when it is none that can be read */
  push(chunk: Buffer): HttpResponse | undefined {
    const bytes = this.#pending ? Buffer.concat([this.#pending, chunk]) : chunk;
    this.#pending = bytes;
    const headBytes = bytes.indexOf(endOfHead);
    if (headBytes < 0) return undefined;
    const head = bytes.toString('latin1', 0, headBytes);
    const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
    if (!head.startsWith('HTTP/1.1 ') || length === undefined) throw new Error(`a response cannot be read: ${head}`);
    const bodyAt = headBytes + endOfHead.length;
    const end = bodyAt + Number(length);
    if (bytes.length < end) return undefined;
    if (bytes.length > end) throw new Error('more was answered than was asked for');
    this.#pending = undefined;
    return { status: Number(head.slice(9, 12)), body: bytes.subarray(bodyAt) };
  }
}
