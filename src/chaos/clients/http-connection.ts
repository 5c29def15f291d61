import { Agent, request, type ClientRequest, type IncomingMessage } from 'node:http';
import type { Clock } from '../../host/host.js';

/** How one request ended, as far as its client can know. */
export type Answer =
  | {
      readonly kind: 'answer';
      readonly status: number;
      /** Of the header `X-Pixy-Error`; empty where there is none. */
      readonly code: string;
      readonly body: string;
    }
  /** No connection could be made. */
  | { readonly kind: 'not sent'; readonly why: string }
  /** The connection ended, or nothing came for so long that it was given up. */
  | { readonly kind: 'cut'; readonly why: string }
  /** By `close`. */
  | { readonly kind: 'ended' };

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** Plain text. */
  readonly body?: string;
  readonly giveUpMs: number;
}

/** One connection, which is kept, and made anew after it has ended; one request at a time. */
export interface HttpConnection {
  send(request: HttpRequest): Promise<Answer>;
  /** What is under way ends at once. */
  close(): void;
}

const neverSent = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND']);

/** @param address `host:port` */
export function openHttpConnection(address: string, clock: Clock): HttpConnection {
  const { hostname, port } = new URL(`http://${address}`);
  // Square brackets are of a URL only.
  const place = { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || 80 };
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  let isClosed = false;
  let underWay: ClientRequest | undefined;

  const send = ({ method, path, body, giveUpMs }: HttpRequest): Promise<Answer> => {
    if (isClosed) return Promise.resolve({ kind: 'ended' });
    return new Promise((resolve) => {
      const headers = body === undefined ? {} : { 'content-type': 'text/plain', 'content-length': body.length };
      const end = (answer: Answer): void => {
        clock.clearTimeout(timer);
        if (underWay === sent) underWay = undefined;
        resolve(answer);
      };
      const cut = (error: NodeJS.ErrnoException): void => {
        if (isClosed) end({ kind: 'ended' });
        else end({ kind: neverSent.has(error.code ?? '') ? 'not sent' : 'cut', why: error.message });
      };
      const sent = request({ ...place, method, path, headers, agent }, (response) => {
        response.once('error', cut);
        void readBody(response, (text) => end(answered(response, text)));
      });
      const timer = clock.setTimeout(() => sent.destroy(new Error(`nothing came for ${giveUpMs} ms`)), giveUpMs);
      underWay = sent;
      sent.once('error', cut);
      sent.end(body, 'latin1');
    });
  };

  return {
    send,
    close() {
      isClosed = true;
      underWay?.destroy();
      agent.destroy();
    },
  };
}

function readBody(response: IncomingMessage, onEnd: (text: string) => void): void {
  const pieces: Buffer[] = [];
  response.on('data', (piece: Buffer) => pieces.push(piece));
  response.once('end', () => onEnd((pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces)).toString()));
}

const answered = ({ statusCode, headers }: IncomingMessage, body: string): Answer => ({
  kind: 'answer',
  status: statusCode ?? 0,
  code: String(headers['x-pixy-error'] ?? ''),
  body,
});
