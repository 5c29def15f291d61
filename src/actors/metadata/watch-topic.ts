import type { TopicMetadataEvent } from '../../machines/topic-metadata.js';
import { addressOf } from '../addresses.js';
import type { Address, BusEvent, Shell } from '../bus/types.js';

type Teller = Pick<Shell<BusEvent>, 'tell'> & { readonly address: string };

const metadataOf = (cluster: string) => addressOf.metadata(cluster);

/** From now on the actor is told `topic.changed`: at once when something is known already, then at each change. */
export function watchTopic(shell: Teller, cluster: string, topic: string): void {
  shell.tell(metadataOf(cluster), { type: 'topic.watch', topic, watcher: shell.address });
}

export function unwatchTopic(shell: Teller, cluster: string, topic: string): void {
  shell.tell(metadataOf(cluster), { type: 'topic.unwatch', topic, watcher: shell.address });
}

/** A broker answered in a way that does not fit what is known of the topic: it is looked up again soon. */
export function suspectTopic(shell: Teller, cluster: string, topic: string): void {
  shell.tell(metadataOf(cluster), { type: 'topic.suspect', topic });
}
