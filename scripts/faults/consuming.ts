import { nowMs, pause } from './clock.js';
import type { DaemonProcess } from './daemon.js';
import type { Delivery, GroupKind } from './history.js';
import type { HttpClient } from './http-client.js';
import type { Recorder } from './recorder.js';
import { groups, lateMs, longPollingMs, topics } from './settings.js';

export const retryPaceMs = 50;

/** What a message says of itself. */
export interface Written {
  readonly try: number;
  readonly at: number;
}

/** One client that consumes by way of one daemon. */
export interface Consumer {
  readonly daemon: DaemonProcess;
  readonly name: string;
  readonly group: GroupKind;
  readonly http: HttpClient;
}

/** One long poll; what it brought is written down. Rests after a failure. */
export async function poll(
  { daemon, name, group, http }: Consumer,
  recorder: Recorder,
  query: string,
  signal: AbortSignal,
): Promise<Delivery | undefined> {
  const askedMs = nowMs();
  const outcome = await http.send('GET', `/topics/${topics.sync}/messages?group=${groups[group]}${query}`);
  noteSlow(recorder, daemon, 'a poll', askedMs, longPollingMs);
  if (outcome.kind !== 'answer' || outcome.status !== 200) {
    if (outcome.kind !== 'answer' || outcome.status !== 408) await rest(retryPaceMs, signal);
    return undefined;
  }
  const { value, partition, offset } = JSON.parse(outcome.body) as {
    value: string;
    partition: number;
    offset: number;
  };
  const written = JSON.parse(Buffer.from(value, 'base64').toString()) as Written;
  const whose = { group, daemon: daemon.name, client: name, partition, offset };
  const delivery = { ...whose, attempt: written.try, writtenMs: written.at, askedMs, receivedMs: nowMs() };
  recorder.delivered(delivery);
  return delivery;
}

/** Written down when it took longer than `boundMs` and what is allowed beyond. */
export function noteSlow(
  { slow }: Recorder,
  { name: daemon }: DaemonProcess,
  request: string,
  sentMs: number,
  boundMs: number,
): void {
  const tookMs = nowMs() - sentMs;
  if (tookMs > boundMs + lateMs) slow.push({ daemon, request, sentMs, tookMs });
}

/** Ends early, and without an error, when the signal is aborted. */
export function rest(ms: number, signal: AbortSignal): Promise<void> {
  return pause(ms, signal).catch(() => {});
}
