import { request } from 'node:http';
import type { FaultKind } from '../script/script.js';
import { ChaosError } from './chaos-error.js';

const answerMaxMs = 5000;
const answerBytesMax = 1024 * 1024;

type InnerFault = Extract<FaultKind, 'crash' | 'slow' | 'full'>;

/** Of its answers, those fields that are looked at. */
interface Answer {
  readonly struck?: readonly string[];
  readonly error?: string;
}

/** The body of a request that strikes actors, as the daemon wants it. */
export function faultBody(kind: InnerFault, pattern: string, forMs: number): string {
  if (kind === 'crash') return JSON.stringify({ address: pattern, fault: kind });
  return JSON.stringify({ address: pattern, fault: kind === 'full' ? 'mailbox-full' : kind, forMs });
}

/** Strikes actors inside a daemon; answers their addresses. @throws ChaosError why nobody was struck */
export async function strikeActors(
  socketPath: string,
  kind: InnerFault,
  pattern: string,
  forMs: number,
): Promise<readonly string[]> {
  const text = await post(socketPath, faultBody(kind, pattern, forMs));
  const { struck = [], error } = readAnswer(text);
  if (error !== undefined) throw new ChaosError(error);
  return struck;
}

function readAnswer(text: string): Answer {
  try {
    return JSON.parse(text) as Answer;
  } catch (cause) {
    throw new ChaosError('its answer about the fault is no JSON', { cause });
  }
}

function post(socketPath: string, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (cause: Error) =>
      reject(new ChaosError(`it does not take faults just now: ${cause.message}`, { cause }));
    const asked = request({ socketPath, path: '/faults', method: 'POST', agent: false }, (answer) => {
      const pieces: Buffer[] = [];
      let bytes = 0;
      answer.on('data', (piece: Buffer) => {
        bytes += piece.length;
        if (bytes > answerBytesMax) asked.destroy(new Error('its answer is too long'));
        else pieces.push(piece);
      });
      answer.once('error', fail);
      answer.once('end', () => resolve(Buffer.concat(pieces).toString('utf8')));
    });
    // One that is frozen takes connections all the same.
    asked.setTimeout(answerMaxMs, () => asked.destroy(new Error(`no answer within ${answerMaxMs / 1000} s`)));
    asked.once('error', fail);
    asked.end(body);
  });
}
