import type { Socket } from 'node:net';
import { PixyError } from '../errors/pixy-error.js';
import { errorHeader } from './errors.js';
import { renderJson } from './json.js';

interface ParserError extends Error {
  readonly code?: string;
  readonly reason?: string;
}

/** Answers what Node could not make a request of, and closes the connection: where the next request begins is unknown. */
export function answerClientError(error: ParserError, socket: Socket): void {
  if (socket.destroyed) return;
  // A failed socket or handshake also arrives here, and has nobody to answer.
  if (!socket.writable || !/^(?:HPE|ERR_HTTP)_/.test(error.code ?? '')) {
    socket.destroy();
    return;
  }
  const answer = errorOf(error);
  // The original, too, answers plain text where its handlers were not reached, and JSON where they were.
  const json = answer.code === 'body-cut-short';
  const body = json ? renderJson({ error: answer.message }) : `${answer.message}\n`;
  const lines = [
    `HTTP/1.1 ${answer.status} ${answer.status === 431 ? 'Request Header Fields Too Large' : 'Bad Request'}`,
    `Content-Type: ${json ? 'application/json' : 'text/plain; charset=utf-8'}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    `${errorHeader}: ${answer.code}`,
    'Connection: close',
  ];
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`, () => socket.destroySoon());
}

function errorOf(error: ParserError): PixyError {
  switch (error.code) {
    case 'HPE_INVALID_EOF_STATE':
      return new PixyError('body-cut-short', { reason: 'unexpected EOF' });
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new PixyError('body-cut-short', { reason: 'the request did not arrive in time' });
    case 'HPE_HEADER_OVERFLOW':
      return new PixyError('headers-too-large', {});
    default:
      return new PixyError('bad-request', { reason: error.reason ?? 'this is not HTTP' });
  }
}
