import {
  topicMetadataMachine,
  type MetadataAnswer,
  type MetadataOutlook,
  type TopicMetadataEffects,
  type TopicMetadataEvent,
  type TopicMetadataInput,
} from '../../machines/topic-metadata.js';
import type { TopicChanged, TopicView } from '../../machines/topic-view.js';
import { accessDenied } from '../access-denied.js';
import type { ActorBody, ActorEnd, ActorKind, Address, Shell } from '../bus/types.js';
import type { ClusterServices } from '../cluster-services.js';
import { controlPlaneRestart } from '../restart.js';
import { logTopicChange } from './log-topic-change.js';
import { TopicDirectory, type Patience, type TopicChange } from './topic-directory.js';

const pauseMs = 250;
const unsettledRefreshMs = 1000;
const backoffMs = 250;
const backoffMaxMs = 5000;
/** As long as the original's three further tries; a topic that was known is not given up for a broker's restart. */
const patience: Patience = { neverKnownMs: 750, knownBeforeMs: 10_000 };

export interface TopicMetadataArgs {
  readonly services: ClusterServices;
}

type Body = ActorBody<typeof topicMetadataMachine, TopicDirectory>;

class TopicMetadataBody implements Body, TopicMetadataEffects {
  readonly input: TopicMetadataInput;
  readonly #shell: Shell<TopicMetadataEvent>;
  readonly #services: ClusterServices;
  readonly #directory: TopicDirectory;
  /** What the request under way asks for. */
  #asked: ReadonlySet<string> = new Set();
  /** When the last answer came; -1: none did. */
  #learntAtMs = -1;
  /** Something was suspected after it was sent. */
  #suspected = false;

  constructor(shell: Shell<TopicMetadataEvent>, { services }: TopicMetadataArgs, directory: TopicDirectory) {
    this.#shell = shell;
    this.#services = services;
    this.#directory = directory;
    const refreshMs = services.config.kafka.metadataRefreshMs;
    const watched = directory.size;
    this.input = { effects: this, watched, refreshMs, unsettledRefreshMs, pauseMs, backoffMs, backoffMaxMs };
  }

  addWatcher(topic: string, watcher: string): void {
    const directory = this.#directory;
    if (!directory.hasRoomFor(topic)) {
      // Somebody asks for names that do not exist, one after the other.
      this.#shell.log.warn(
        { topic, watched: directory.size },
        'too many topics are watched: this one counts as unknown',
      );
      this.#tell(watcher, { topic, state: 'unknown', partitions: [] });
      return;
    }
    const view = directory.watch(topic, watcher);
    if (view) this.#tell(watcher, view);
    if (!view || view.state === 'unreachable') this.#shell.self({ type: 'topic.missing' });
  }

  removeWatcher(topic: string, watcher: string): void {
    this.#directory.unwatch(topic, watcher);
    if (this.#directory.size === 0) this.#shell.self({ type: 'topics.unwatched' });
  }

  noteSuspicion(): void {
    this.#suspected = true;
  }

  refresh(): void {
    const directory = this.#directory;
    this.#suspected = false;
    directory.prune((watcher) => this.#shell.holds(watcher as Address<never>));
    this.#asked = new Set(directory.topics);
    if (directory.size === 0) {
      // An empty list would mean "all topics" to some versions.
      const answer: MetadataAnswer = { brokers: [], topics: [] };
      this.#shell.self({ type: 'refresh.answered', answer, outlook: 'settled', watched: 0 });
      return;
    }
    this.#shell.settle(
      this.#services.kafka.metadata(directory.topics, this.#shell.signal),
      (answer) => this.#answered(answer),
      (error) => {
        const reason = error instanceof Error ? error.message : String(error);
        return { type: 'refresh.failed', reason, refused: accessDenied(error) !== undefined };
      },
    );
  }

  learn(answer: MetadataAnswer): void {
    if (this.#directory.reachable !== true) this.#shell.log.info('Kafka is reachable');
    this.#learntAtMs = this.#shell.clock.nowMs();
    this.#announce(this.#directory.learn(answer, this.#learntAtMs));
  }

  loseSight(reason: string, refused: boolean): void {
    const { reachable, refusal } = this.#directory;
    if (refused && reason !== refusal) this.#shell.log.error({ reason }, 'Kafka refuses us; it is tried again');
    if (!refused && (reachable !== false || refusal !== undefined))
      this.#shell.log.error({ reason }, 'Kafka is not reachable; it is tried again');
    this.#announce(this.#directory.loseSight(refused ? reason : undefined));
  }

  ended(end: ActorEnd) {
    return end.how === 'crashed' ? { kept: this.#directory, asks: [] } : undefined;
  }

  describe() {
    const { size, reachable } = this.#directory;
    const { unknown, leaderless } = this.#directory.troubled();
    const ageMs = this.#learntAtMs < 0 ? -1 : Math.round(this.#shell.clock.nowMs() - this.#learntAtMs);
    return { topics: size, unknown, leaderless, ageMs, reachable: reachable ?? 'not asked yet' };
  }

  #answered(answer: MetadataAnswer): TopicMetadataEvent {
    // A broker that just started knows of nobody, itself included, and says of every topic that there is none.
    if (answer.brokers.length === 0)
      return { type: 'refresh.failed', reason: 'the broker does not know its cluster yet', refused: false };
    return { type: 'refresh.answered', answer, outlook: this.#outlook(answer), watched: this.#directory.size };
  }

  #outlook(answer: MetadataAnswer): MetadataOutlook {
    if (this.#directory.topics.some((topic) => !this.#asked.has(topic))) return 'incomplete';
    return this.#suspected ? 'unsure' : this.#directory.outlook(answer, this.#shell.clock.nowMs());
  }

  #announce(changes: readonly TopicChange[]): void {
    for (const { before, view, watchers } of changes) {
      logTopicChange(this.#shell.log, before, view);
      for (const watcher of watchers) this.#tell(watcher, view);
    }
  }

  #tell(watcher: string, view: TopicView): void {
    const address = watcher as Address<TopicChanged>;
    // A message to an actor that is gone would start it anew.
    if (this.#shell.holds(watcher as Address<never>)) this.#shell.tell(address, { type: 'topic.changed', view });
  }
}

export const topicMetadataKind: ActorKind<typeof topicMetadataMachine, TopicMetadataArgs, TopicDirectory> = {
  name: 'topic-metadata',
  machine: topicMetadataMachine,
  restart: controlPlaneRestart,
  mailboxRequestsMax: 0,
  build: (shell, args, kept) => new TopicMetadataBody(shell, args, kept ?? new TopicDirectory(patience)),
};
