import { z } from 'zod';
import type { InnerFault } from '../actors/bus/types.js';
import { PixyError } from '../errors/pixy-error.js';

/** As long as a fault may last. */
const forMsMax = 600_000;

export interface FaultRequest {
  /** An address, or a pattern with `*`. */
  readonly address: string;
  readonly fault: InnerFault;
}

const shape =
  'a JSON object like {"address": "default/group/g/topic/t/partition/0", "fault": "slow", "forMs": 2000} is expected';
const address = z.string({ error: '"address" is a text: the address of an actor, or a pattern with *' });
const forMsError = `"forMs" is how long it lasts, a whole number of milliseconds from 1 to ${forMsMax}`;
const forMs = z.number({ error: forMsError }).int({ error: forMsError }).min(1, forMsError).max(forMsMax, forMsError);

const unknownKeys =
  (taken: string) =>
  (issue: { code?: string; keys?: readonly string[] }): string =>
    issue.code === 'unrecognized_keys' ? `${taken}, and no ${issue.keys!.map((key) => `"${key}"`).join(', ')}` : shape;

const faultRequest = z.discriminatedUnion(
  'fault',
  [
    z.strictObject(
      { address, fault: z.literal('crash') },
      { error: unknownKeys('a crash is over at once: it takes "address" and "fault"') },
    ),
    z.strictObject(
      { address, fault: z.enum(['slow', 'mailbox-full']), forMs },
      { error: unknownKeys('it takes "address", "fault" and "forMs"') },
    ),
  ],
  {
    error: ({ input }) =>
      typeof input === 'object' && input !== null && !Array.isArray(input)
        ? '"fault" is one of "crash", "slow" and "mailbox-full"'
        : shape,
  },
);

/** Reads what is to strike whom. @throws PixyError `bad-request` */
export function parseFaultRequest(text: string): FaultRequest {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new PixyError('bad-request', { reason: `${shape}; this is no JSON` }, { cause });
  }
  const { data, error } = faultRequest.safeParse(json);
  if (error) throw new PixyError('bad-request', { reason: error.issues[0]!.message });
  if (data.fault === 'crash') return { address: data.address, fault: { kind: data.fault } };
  return { address: data.address, fault: { kind: data.fault, forMs: data.forMs } };
}
