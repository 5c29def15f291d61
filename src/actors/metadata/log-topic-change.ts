import type { Logger } from 'pino';
import type { TopicView } from '../../machines/topic-view.js';

/** One line for what a person wants to know of a topic: found, lost, grown, led by another broker. */
export function logTopicChange(log: Logger, before: TopicView | undefined, view: TopicView): void {
  const { topic } = view;
  // That no broker answers is said once for the cluster, not for each topic.
  if (view.state === 'unreachable') return;
  const had = before?.partitions ?? [];
  const has = view.partitions;
  if (view.state === 'unknown') {
    if (had.length > 0) log.error({ topic }, 'topic lost: Kafka does not know it any more');
    else log.warn({ topic }, 'topic unknown: Kafka does not know it');
  } else if (had.length === 0) log.info({ topic, partitions: has.length }, 'topic found');
  else if (has.length !== had.length) {
    log.info({ topic, partitions: has.length, before: had.length }, 'topic has another number of partitions');
  } else {
    const moved = has.filter(({ leader }, at) => leader !== had[at]!.leader);
    if (moved.length > 0) log.info({ topic, moved }, 'leaders moved');
  }
}
