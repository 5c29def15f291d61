import type { Endpoint } from '../../cluster/probes.js';
import type { Clock } from '../../host/host.js';
import type { FaultAction } from '../script/script.js';
import type { Target } from '../script/targets.js';
import { TcpProxy } from '../tcp-proxy.js';
import type { LinkMode } from '../tcp-way.js';
import { ChaosError } from './chaos-error.js';

/** What may stand on a link at a time; a flood of clients is more than the usual bound of a proxy. */
const connectionsMax = 10_000;

export type LinkTarget = Extract<
  Target,
  { readonly type: 'daemon-to-broker' | 'daemon-to-zookeeper' | 'clients-to-daemon' }
>;

export function isLink(target: Target): target is LinkTarget {
  return (
    target.type === 'daemon-to-broker' || target.type === 'daemon-to-zookeeper' || target.type === 'clients-to-daemon'
  );
}

/** What a fault makes of a link. */
export function modeOf(fault: FaultAction): LinkMode {
  switch (fault.kind) {
    case 'cut':
      return { type: 'cut', how: 'reset' };
    case 'halfOpen':
      return { type: 'half-open' };
    case 'delay':
      return { type: 'delay', delayMs: fault.delayMs };
    case 'throttle':
      return { type: 'throttle', bytesPerSecond: fault.bytesPerSecond };
    case 'kill':
    case 'freeze':
    case 'restart':
    case 'expireSession':
    case 'crash':
    case 'slow':
    case 'full':
      throw new ChaosError(`${fault.kind} is nothing that can happen to a link`);
  }
}

/** Every link of a world that can be struck. Of one link there are several proxies where it leads to several servers. */
export class Links {
  readonly #clock: Clock;
  readonly #proxies = new Map<string, TcpProxy[]>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Puts a proxy in; answers its address, `host:port`. */
  async add(link: LinkTarget, target: Endpoint, watchAnswers?: () => (bytes: Buffer) => void): Promise<string> {
    const proxy = await TcpProxy.start({
      target,
      clock: this.#clock,
      connectionsMax,
      ...(watchAnswers && { watchAnswers }),
    });
    const key = keyOf(link);
    this.#proxies.set(key, [...(this.#proxies.get(key) ?? []), proxy]);
    return proxy.address;
  }

  set(link: LinkTarget, mode: LinkMode): void {
    const proxies = this.#proxies.get(keyOf(link));
    if (!proxies) throw new ChaosError('there is nothing between the two that could be struck');
    for (const proxy of proxies) proxy.mode = mode;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#proxies.values()].flat().map((proxy) => proxy.close()));
  }
}

const keyOf = (link: LinkTarget): string =>
  `${link.type} ${link.daemon} ${link.type === 'daemon-to-broker' ? link.broker : ''}`;
