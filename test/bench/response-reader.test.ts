import { describe, expect, it } from 'vitest';
import { ResponseReader } from '../../bench/load/response-reader.js';

const text = 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello';

describe('the reader of responses', () => {
  it('reads one response after the other', () => {
    const reader = new ResponseReader();
    for (let time = 0; time < 2; time++) {
      const { status, body } = reader.push(Buffer.from(text))!;
      expect([status, body.toString()]).toEqual([200, 'hello']);
    }
  });

  it('puts together what came in pieces, wherever it was cut', () => {
    for (let cut = 1; cut < text.length; cut++) {
      const reader = new ResponseReader();
      expect(reader.push(Buffer.from(text.slice(0, cut)))).toBeUndefined();
      expect(reader.push(Buffer.from(text.slice(cut)))?.body.toString()).toBe('hello');
    }
  });

  it('takes an empty body', () => {
    const head = 'HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n';
    expect(new ResponseReader().push(Buffer.from(head))).toEqual({ status: 503, body: Buffer.alloc(0) });
  });

  it.each([
    ['a length that is missing', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'],
    ['what is no HTTP', 'SMTP\r\nContent-Length: 1\r\n\r\n'],
    ['more than one answer', `${text}HTTP`],
  ])('refuses %s', (_, bytes) => {
    expect(() => new ResponseReader().push(Buffer.from(bytes))).toThrow(Error);
  });
});
