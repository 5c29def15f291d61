import { setTimeout as pause } from 'node:timers/promises';
import { ClientConnection } from './connection.js';
import { LatencyHistogram } from './latency-histogram.js';
import type { HttpResponse } from './response-reader.js';

/** So long the poll waits before the message is posted. */
const settleMs = 5;

export interface LongPollOptions {
  readonly port: number;
  readonly post: Buffer;
  readonly poll: Buffer;
  readonly durationMs: number;
  readonly onBody: (body: Buffer) => void;
}

/** One message at a time: a poll waits, a message is posted, and the clock stops when the poll is answered. */
export async function longPollLatency(options: LongPollOptions): Promise<LatencyHistogram> {
  const [poster, poller] = await Promise.all([
    ClientConnection.open(options.port),
    ClientConnection.open(options.port),
  ]);
  const latency = new LatencyHistogram();
  try {
    const endMs = performance.now() + options.durationMs;
    while (performance.now() < endMs) {
      const polled = answerOf(poller, options.poll);
      await pause(settleMs);
      const postedMs = performance.now();
      const posted = answerOf(poster, options.post);
      const [{ body }] = await Promise.all([polled.then((answer) => stopClock(answer, latency, postedMs)), posted]);
      options.onBody(body);
    }
  } finally {
    poster.close();
    poller.close();
  }
  return latency;
}

function stopClock(answer: HttpResponse, latency: LatencyHistogram, postedMs: number): HttpResponse {
  latency.add(performance.now() - postedMs);
  return answer;
}

function answerOf(connection: ClientConnection, request: Buffer): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    connection.listen((response) => {
      if (response.status === 200) resolve(response);
      else reject(new Error(`a request was answered ${response.status}: ${response.body.toString()}`));
    }, reject);
    connection.send(request);
  });
}
