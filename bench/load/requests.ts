import { randomFillSync } from 'node:crypto';

/** A whole request as it goes over the wire, made once. */
export function postRequest(path: string, bodyBytes: number): Buffer {
  const head =
    `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/octet-stream\r\n` +
    `Content-Length: ${bodyBytes}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), messageValue(bodyBytes)]);
}

export function getRequest(path: string): Buffer {
  return Buffer.from(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
}

/** Bytes that do not compress. */
export function messageValue(bytes: number): Buffer {
  return randomFillSync(Buffer.alloc(bytes));
}
