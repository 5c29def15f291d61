/** What is known of a topic at present. */
export interface TopicView {
  readonly topic: string;
  /** `unreachable`: no broker answers, so nothing is known, or only what was known before. */
  readonly state: 'known' | 'unknown' | 'unreachable';
  /** Of one that is unreachable: it would answer if somebody corrected the configuration. Names the key. */
  readonly refusal?: string;
  /** Ascending by partition id; leader -1 while there is none. Empty unless it was known once. */
  readonly partitions: readonly { readonly partition: number; readonly leader: number }[];
}

/** Told to everyone who watches a topic: at once when something is known already, then at each change. */
export interface TopicChanged {
  readonly type: 'topic.changed';
  readonly view: TopicView;
}
