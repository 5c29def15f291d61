import { addressOf } from '../addresses.js';
import type { BusEvent, Shell } from '../bus/types.js';

type Teller = Pick<Shell<BusEvent>, 'tell'> & { readonly address: string };

/** From now on the actor is told `topic.changed`: at once when something is known already, then at each change. */
export function watchTopic(shell: Teller, cluster: string, topic: string): void {
  shell.tell(addressOf.metadata(cluster), { type: 'topic.watch', topic, watcher: shell.address });
}

export function unwatchTopic(shell: Teller, cluster: string, topic: string): void {
  shell.tell(addressOf.metadata(cluster), { type: 'topic.unwatch', topic, watcher: shell.address });
}

/** A broker answered in a way that does not fit what is known of the topic: it is looked up again soon. */
export function suspectTopic(shell: Teller, cluster: string, topic: string): void {
  shell.tell(addressOf.metadata(cluster), { type: 'topic.suspect', topic });
}
