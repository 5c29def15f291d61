import type { SessionChanged } from '../../machines/session-changed.js';
import { addressOf } from '../addresses.js';
import type { Address, BusEvent, Shell } from '../bus/types.js';

type Watcher = Pick<Shell<BusEvent>, 'tell'> & { readonly address: Address<SessionChanged> };

/** From now on the actor is told `session.changed`: the present state at once, then each change. */
export function watchSession(shell: Watcher, cluster: string): void {
  shell.tell(addressOf.zookeeper(cluster), {
    type: 'session.watch',
    watcher: shell.address,
  });
}
