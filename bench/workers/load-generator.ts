import { closedLoop } from '../load/closed-loop.js';
import { Deliveries, type DeliverySummary } from '../load/deliveries.js';
import { longPollLatency } from '../load/long-poll.js';
import { getRequest, postRequest } from '../load/requests.js';
import { serveCalls } from '../processes/calls.js';

export interface PhaseResult {
  readonly statuses: Readonly<Record<number, number>>;
  readonly elapsedMs: number;
  /** Of a `LatencyHistogram`. */
  readonly latency: readonly number[];
  /** Nothing more was there to consume. */
  readonly ended: boolean;
}

interface Load {
  readonly port: number;
  readonly path: string;
  readonly connections: number;
  readonly durationMs: number;
}

const noMessage = 408;

/** By path, for as long as the run. */
const deliveries = new Map<string, Deliveries>();

function deliveriesOf(path: string): Deliveries {
  let known = deliveries.get(path);
  if (!known) deliveries.set(path, (known = new Deliveries()));
  return known;
}

export const operations = {
  async post({ bodyBytes, ...load }: Load & { readonly bodyBytes: number }): Promise<PhaseResult> {
    const result = await closedLoop({ ...load, request: postRequest(load.path, bodyBytes) });
    return { ...result, latency: result.latency.counts };
  },

  /** `account`: each answer's message is taken down. */
  async consume({ account, ...load }: Load & { readonly account: boolean }): Promise<PhaseResult> {
    const seen = deliveriesOf(load.path);
    const ignored = new Deliveries();
    const result = await closedLoop({
      ...load,
      request: getRequest(load.path),
      // The same is done with the answers of a baseline, only for the cost of it.
      onBody: (body) => (account ? seen : ignored).addAnswer(body),
      endsAt: (status) => status === noMessage,
    });
    return { ...result, latency: result.latency.counts };
  },

  async longPoll(options: {
    readonly port: number;
    readonly postPath: string;
    readonly pollPath: string;
    readonly bodyBytes: number;
    readonly durationMs: number;
  }): Promise<readonly number[]> {
    const { port, postPath, pollPath, bodyBytes, durationMs } = options;
    const seen = deliveriesOf(pollPath);
    const latency = await longPollLatency({
      port,
      post: postRequest(postPath, bodyBytes),
      poll: getRequest(pollPath),
      durationMs,
      onBody: (body) => seen.addAnswer(body),
    });
    return latency.counts;
  },

  async delivered({ path }: { readonly path: string }): Promise<DeliverySummary> {
    return deliveriesOf(path).summary();
  },
};

serveCalls(operations);
