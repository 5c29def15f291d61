import type { Stage } from './stage.js';

/** One cause, and what comes of it. */
export interface Step {
  readonly title: string;
  /** What will happen. */
  readonly happens: string;
  /** What to look at in the page. */
  readonly watch: string;
  /** Ordinals of those that share the partitions when it has settled. */
  readonly owners: readonly number[];
  cause(stage: Stage): Promise<void> | void;
}

export interface StepTimes {
  readonly sessionTimeoutMs: number;
  readonly subscriptionTimeoutMs: number;
}

const seconds = (ms: number): string => `${ms / 1000} s`;

/** The whole story. The first member is never harmed: whoever wants to know how the group stands can ask it. */
export function rebalanceSteps({ sessionTimeoutMs, subscriptionTimeoutMs }: StepTimes): readonly Step[] {
  return [...joining, ...leaving(subscriptionTimeoutMs), ...losing(sessionTimeoutMs)];
}

const joining: readonly Step[] = [
  {
    title: 'A first member joins',
    happens:
      'Clients begin to ask d1 for messages. That makes d1 a member of the group, the only one, so it claims every partition.',
    watch: 'Each partition is claimed, its committed offset is read, and then d1 reads it.',
    owners: [1],
    cause: (stage) => stage.ask(1),
  },
  {
    title: 'A second member joins',
    happens:
      'Clients ask d2 as well. Both members see each other in ZooKeeper and work out the same assignment: d1 releases half of the partitions, and d2 claims them.',
    watch:
      'd2 waits for each claim until d1 has settled its acknowledgements, committed its offset and released the partition.',
    owners: [1, 2],
    cause: (stage) => stage.ask(2),
  },
  {
    title: 'A third member joins',
    happens: 'Clients ask d3 as well. The partitions are divided by three.',
    watch: 'Partitions that keep their member are read on without a pause.',
    owners: [1, 2, 3],
    cause: (stage) => stage.ask(3),
  },
];

const leaving = (subscriptionTimeoutMs: number): readonly Step[] => [
  {
    title: 'A member leaves',
    happens:
      'd2 is told to stop. It refuses new requests, commits what was acknowledged, releases its partitions and leaves the group. Nobody has to wait until a session times out.',
    watch: 'The partitions of d2 go over at once, and then d2 is gone.',
    owners: [1, 3],
    cause: (stage) => stage.stop(2),
  },
  {
    title: 'A member is idle',
    happens: `Clients stop asking d3. A member that nobody asks would hold its partitions for nothing, so it gives them up after ${seconds(subscriptionTimeoutMs)}.`,
    watch: 'Until then d3 keeps its partitions and their lag grows. Then its subscription leaves, and d1 claims them.',
    owners: [1],
    cause: (stage) => stage.stopAsking(3),
  },
  {
    title: 'All three again',
    happens: 'Clients ask d3 again, and d2 is started again and asked as well.',
    watch: 'd1 shares with both of them.',
    owners: [1, 2, 3],
    cause: async (stage) => {
      stage.ask(3);
      await stage.start(2);
      stage.ask(2);
    },
  },
];

const losing = (sessionTimeoutMs: number): readonly Step[] => [
  {
    title: 'A member loses its session',
    happens: `The link between d3 and ZooKeeper falls silent, while d3 itself runs on. It offers no more messages after two thirds of its session timeout of ${seconds(sessionTimeoutMs)}. When all of it is over, ZooKeeper ends the session and deletes the claims.`,
    watch:
      'The session of d3 goes from connected to suspect, lapsed and overdue. d1 and d2 claim its partitions as soon as ZooKeeper has deleted the claims of d3.',
    owners: [1, 2],
    cause: (stage) => stage.member(3).cutOff(),
  },
  {
    title: 'It claims anew',
    happens:
      'The link works again. d3 hears that its session is over, opens a new one, joins the group again and claims its share.',
    watch: 'All that d3 had claimed is lost to it first; its group joins and settles again.',
    owners: [1, 2, 3],
    cause: (stage) => stage.member(3).reconnect(),
  },
  {
    title: 'A member is frozen',
    happens:
      'd2 stands still, as a process does that was stopped: nothing of it runs, it answers nobody, and ZooKeeper does not hear of it. It cannot know what happens meanwhile.',
    watch:
      'The page hears nothing of d2 either and shows its last state, while the others claim its partitions when its session is over.',
    owners: [1, 3],
    cause: (stage) => stage.freeze(2),
  },
  {
    title: 'It goes on',
    happens:
      'd2 goes on where it stood, and believes for a moment that it owns what it had. Its lease is too old for it to offer anything; it learns that its session is over, and claims anew.',
    watch: 'Its session is suspect and lost within moments, and no partition is ever read by two members.',
    owners: [1, 2, 3],
    cause: (stage) => stage.member(2).thaw(),
  },
];
