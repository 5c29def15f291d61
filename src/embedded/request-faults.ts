import type { BrokerErrorName, BrokerId } from '../kafka/port.js';

export type KafkaApi =
  | 'metadata'
  | 'topicConfigs'
  | 'initProducerId'
  | 'produce'
  | 'fetch'
  | 'listOffsets'
  | 'findCoordinator'
  | 'commitOffsets'
  | 'fetchOffsets';

/** Which Kafka requests a fault means; what is left out matches every one. */
export interface RequestMatch {
  readonly api?: KafkaApi;
  readonly client?: string;
  readonly broker?: BrokerId;
}

export type RequestFault =
  /** It never reached the broker; the connection is lost. */
  | { readonly type: 'request-lost' }
  /** The broker did what it was asked, but the connection was lost before its answer arrived. */
  | { readonly type: 'reply-lost' }
  /** The broker did nothing and answered this error: for each partition, or for the request where it has none. */
  | { readonly type: 'refused'; readonly error: BrokerErrorName };

interface Rule {
  readonly match: RequestMatch;
  readonly fault: RequestFault;
  timesLeft: number;
}

/** Faults that lie in wait for Kafka requests. Each is used up by the requests that it meets, the oldest first. */
export class RequestFaults {
  readonly #rules: Rule[] = [];
  readonly #rulesMax: number;

  constructor(rulesMax: number) {
    this.#rulesMax = rulesMax;
  }

  add(match: RequestMatch, fault: RequestFault, times: number): void {
    if (this.#rules.length >= this.#rulesMax) {
      throw new RangeError(`${this.#rulesMax} request faults are waiting already: requestFaultsMax`);
    }
    this.#rules.push({ match, fault, timesLeft: times });
  }

  /** The fault that this request meets, if any. */
  take(api: KafkaApi, client: string, broker: BrokerId): RequestFault | undefined {
    if (this.#rules.length === 0) return undefined;
    const at = this.#rules.findIndex(
      ({ match }) =>
        (match.api ?? api) === api && (match.client ?? client) === client && (match.broker ?? broker) === broker,
    );
    const rule = this.#rules[at];
    if (!rule) return undefined;
    if (--rule.timesLeft <= 0) this.#rules.splice(at, 1);
    return rule.fault;
  }

  clear(): void {
    this.#rules.length = 0;
  }
}
