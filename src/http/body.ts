import type { IncomingMessage, ServerResponse } from 'node:http';
import type { BudgetShare } from '../actors/byte-budget.js';
import { ClientGone } from '../actors/outcomes.js';
import { PixyError } from '../errors/pixy-error.js';

/**
 * Reads the whole body. Its bytes are taken from the budget before they are read and given back when all are there: who
 * keeps them takes them anew. How long it may take is the server's business (`requestBodyTimeoutMs`).
 *
 * @throws PixyError `body-too-large`, `memory-full`, `bad-request`; ClientGone
 */
export async function readBody(
  req: IncomingMessage,
  res: ServerResponse,
  { maxBodyBytes, budget }: { maxBodyBytes: number; budget: BudgetShare },
): Promise<Buffer> {
  const encoding = req.headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    throw new PixyError('bad-request', {
      reason: `content encoding ${encoding} is not supported, send the body as it is`,
    });
  }
  const framing = req.headers['transfer-encoding'];
  if (framing !== undefined && framing.trim().toLowerCase() !== 'chunked') {
    throw new PixyError('bad-request', { reason: `transfer encoding ${framing} is not supported` });
  }
  const announced = req.headers['content-length'];
  const announcedBytes = announced === undefined ? 0 : Number(announced);
  if (announcedBytes > maxBodyBytes) throw new PixyError('body-too-large', { limitBytes: maxBodyBytes });
  if (!budget.tryTake(announcedBytes)) throw new PixyError('memory-full', {});
  if (req.headers.expect !== undefined) res.writeContinue();
  return collect(req, announcedBytes, maxBodyBytes, budget);
}

function collect(
  req: IncomingMessage,
  announcedBytes: number,
  maxBodyBytes: number,
  budget: BudgetShare,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let readBytes = 0;
    let takenBytes = announcedBytes;
    const fail = (error: Error) => {
      req.off('data', onData).off('end', onEnd).off('close', onClose);
      budget.give(takenBytes);
      reject(error);
    };
    const onData = (chunk: Buffer) => {
      readBytes += chunk.length;
      if (readBytes > maxBodyBytes) return fail(new PixyError('body-too-large', { limitBytes: maxBodyBytes }));
      if (readBytes > takenBytes) {
        if (!budget.tryTake(readBytes - takenBytes)) return fail(new PixyError('memory-full', {}));
        takenBytes = readBytes;
      }
      chunks.push(chunk);
    };
    const onEnd = () => {
      req.off('close', onClose);
      budget.give(takenBytes);
      // Copied even when it is one chunk: that may be a small slice of a socket's large buffer, kept alive with it.
      resolve(Buffer.concat(chunks));
    };
    const onClose = () => fail(new ClientGone());
    req.on('data', onData).on('end', onEnd).on('close', onClose);
    // Without a listener an aborted upload would end the process; `close` follows and is what counts.
    req.on('error', () => {});
    if (req.destroyed) onClose();
  });
}
