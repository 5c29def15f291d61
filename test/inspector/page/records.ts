import type { ActorPicture, InspectRecord, Recording, StreamHead } from '../../../src/inspector/protocol.js';

export const head: StreamHead = {
  protocol: 1,
  product: 'kafka-pixy (a test)',
  daemons: [{ name: '', memberIds: { c: 'member' }, listens: ['127.0.0.1:19092'] }],
  wallAtZeroMs: 1_000_000,
};

export const spawn = (atMs: number, address: string, kind = 'thing', incarnation = 1): InspectRecord => ({
  ...{ type: 'spawn', atMs, address, kind, incarnation },
});

export const state = (atMs: number, address: string, value: string, taken: string[] = []): InspectRecord => ({
  ...{ type: 'state', atMs, address, value, tags: [], by: 'go', taken },
});

export const event = (atMs: number, address: string, name: string, from?: string, times = 1): InspectRecord => ({
  ...{ type: 'event', atMs, address, name, times },
  ...(from !== undefined && { from }),
});

export const ask = (atMs: number, address: string, name: string, from?: string): InspectRecord => ({
  ...{ type: 'ask', atMs, address, name, times: 1, served: 'mailbox' },
  ...(from !== undefined && { from }),
});

export const outcome = (
  atMs: number,
  address: string,
  name: string,
  how: 'reply' | 'refused' | 'deadline' | 'cancelled' = 'reply',
): InspectRecord => ({ type: 'outcome', atMs, address, name, outcome: how, times: 1 });

export const end = (atMs: number, address: string, gone = true): InspectRecord => ({
  ...{ type: 'end', atMs, address, how: gone ? 'done' : 'crashed', gone },
});

export const remark = (atMs: number, text: string): InspectRecord => ({ type: 'remark', atMs, address: '', text });

export const actor = (atMs: number, address: string, more: Partial<ActorPicture> = {}): InspectRecord => ({
  type: 'actor',
  atMs,
  address,
  actor: {
    ...{ address, kind: 'thing', incarnation: 1, startedAtMs: 0, value: 'on', tags: [], restarts: 0 },
    ...{ mailboxLength: 0, openAsks: 0, load: {} },
    ...more,
  },
});

export const recordingOf = (records: readonly InspectRecord[]): Recording => ({
  ...{ format: 'kafka-pixy-recording', head, source: 'a test', records },
});
