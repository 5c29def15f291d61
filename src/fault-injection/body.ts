import type { IncomingMessage } from 'node:http';
import { PixyError } from '../errors/pixy-error.js';

/** Reads a body as UTF-8. @throws PixyError `body-too-large`, `body-cut-short` */
export function readText(req: IncomingMessage, limitBytes: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const onData = (chunk: Buffer) => {
      bytes += chunk.length;
      chunks.push(chunk);
      if (bytes <= limitBytes) return;
      req.off('data', onData);
      reject(new PixyError('body-too-large', { limitBytes }));
    };
    req.on('data', onData);
    req.on('end', () => resolve(Buffer.concat(chunks).toString()));
    const onGone = () => reject(new PixyError('body-cut-short', { reason: 'unexpected EOF' }));
    req.on('close', onGone).on('error', onGone);
  });
}
