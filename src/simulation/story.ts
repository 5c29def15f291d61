import type { Commit, History, Post, Violation } from '../verdict/history.js';
import { partitionOf, placeOf } from '../verdict/places.js';
import type { Plan } from './plan.js';
import type { RunResult } from './run.js';
import { subjectOf, type Subject } from './subject.js';
import type { Witness } from './witness.js';

/** So that it fits a screen, with what stands above and below. */
const linesMax = 35;
const lineCharactersMax = 150;
const violationLinesMax = 3;
/** An answer that took no longer is told of with its request, and a state with the one before it. */
const atOnceMs = 50;

/** What stands at the same moment is told in this order: what was done, and then what came of it. */
const order = ['fault', 'post', 'answer', 'state', 'delivery', 'ack', 'commit'] as const;

interface Line {
  readonly atMs: number;
  readonly kind: (typeof order)[number];
  readonly text: string;
  /** Of an actor's state: whose. Several in a row become one line. */
  readonly who?: string;
  /** Of several in one line: when the last was. */
  readonly untilMs?: number;
  /** How far it is from what the story is about: 0 is always told, 9 seldom. */
  readonly distance: number;
}

/**
 * What led to a violation, told to somebody who knows nothing but the domain: who takes part, then causes before effects, and the
 * violation last. What does not fit a screen is left out, the farthest from the message concerned first.
 */
export function story(plan: Plan, { history }: RunResult, violation: Violation, witness: Witness): string[] {
  const subject = subjectOf(violation, history);
  // What happens when everything is told to stop has no part in what is found then.
  const endMs = isOfTheEnd(violation) ? Math.min(history.endMs, witness.stopMs - 1) : violation.atMs;
  const lines = [
    ...faultLines(history),
    ...postLines(history, subject),
    ...deliveryLines(history, subject),
    ...ackLines(history, subject),
    ...commitLines(history, subject),
    ...positionLines(history, subject),
    ...witness
      .sightingsOf(subject)
      .map(({ atMs, who, what, distance }): Line => ({ atMs, kind: 'state', text: what, who, distance })),
  ].filter(({ atMs }) => atMs <= endMs);
  const sorted = lines.sort((a, b) => a.atMs - b.atMs || order.indexOf(a.kind) - order.indexOf(b.kind));
  const { kept, leftOut } = nearest(sorted, endMs);
  const isMemberNamed = /\bd\d+\.\d/.test(violation.text);
  const when = isOfTheEnd(violation) ? 'at the end' : seconds(violation.atMs);
  return [
    ...cast(plan),
    ...(isMemberNamed ? ['  d1.2 is the member id of the second process of d1, and so on'] : []),
    ...(leftOut > 0 ? [`(${leftOut} lines of less weight are left out)`] : []),
    ...joined(kept).map(({ atMs, text }) => cut(`${seconds(atMs)}  ${text}`)),
    ...wrapped(`${when.padStart(10)}  >>> ${violation.check}: ${violation.text}`),
  ];
}

const seconds = (timeMs: number): string => `${(timeMs / 1000).toFixed(3)} s`.padStart(10);

const cut = (text: string): string =>
  text.length <= lineCharactersMax ? text : `${text.slice(0, lineCharactersMax - 2)} …`;

function wrapped(text: string): string[] {
  const lines: string[] = [];
  for (let rest = text; rest !== '' && lines.length < violationLinesMax;) {
    const isLast = lines.length === violationLinesMax - 1 || rest.length <= lineCharactersMax;
    const at = isLast ? rest.length : rest.lastIndexOf(' ', lineCharactersMax);
    lines.push(cut(rest.slice(0, at)));
    rest = rest.slice(at) && `${' '.repeat(16)}${rest.slice(at + 1)}`.trimEnd();
  }
  return lines;
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

/** Who takes part. */
function cast(plan: Plan): string[] {
  const flags = [
    ...(plan.lowLimits ? ['the limits are low'] : []),
    ...(plan.keepsMemberIds ? ['a daemon that is started again keeps its member id'] : []),
  ];
  const daemons = `${counted(plan.daemons, 'daemon')} (${Array.from({ length: plan.daemons }, (_, at) => `d${at + 1}`).join(', ')})`;
  const clients = `${counted(plan.clients.length, 'client')} (${plan.clients.join(', ')})`;
  const topics = plan.topics.map(({ name, partitions }) => `${name} (${counted(partitions, 'partition')})`);
  const groups = plan.groups.map(
    ({ name, mode, topics: of }) =>
      `group ${name} reads ${of.join(', ')} and acknowledges ${mode === 'auto' ? 'with the answer' : 'by requests'}`,
  );
  return [
    `seed ${plan.seed}: ${daemons}, ${clients}, ${counted(plan.posts.length, 'post')}, ${counted(plan.faults.length, 'fault')}, ${plan.durationMs / 1000} s`,
    ...[`topics: ${topics.join(', ')}`, ...groups, ...(flags.length > 0 ? [flags.join('; ')] : [])].map((line) =>
      cut(`  ${line}`),
    ),
  ];
}

/** Found when the run was over and not at one moment of it: anything up to its end may have a part in it. */
const isOfTheEnd = ({ check, text }: Violation): boolean =>
  ['lost', 'skip', 'unseen', 'reordered', 'refused and written', 'never settled'].includes(check) ||
  (check === 'duplicate' && text.startsWith('post '));

/** What weighs most, and of that what lies nearest before the end. */
function nearest(sorted: readonly Line[], endMs: number): { kept: Line[]; leftOut: number } {
  const byWeight = [...sorted].sort((a, b) => a.distance - b.distance || endMs - a.atMs - (endMs - b.atMs));
  let kept: Line[] = [];
  for (let count = Math.min(byWeight.length, 4 * linesMax); count > 0; count--) {
    const chosen = new Set(byWeight.slice(0, count));
    kept = sorted.filter((line) => chosen.has(line));
    if (joined(kept).length <= linesMax) break;
  }
  return { kept, leftOut: sorted.length - kept.length };
}

/** States that an actor goes through one after the other, with nothing between, become one line; what is there already is not said again. */
function joined(lines: readonly Line[]): Line[] {
  const result: Line[] = [];
  for (const line of lines) {
    const before = result.at(-1);
    if (line.who === undefined) result.push(line);
    else if (before?.who === line.who && line.atMs - before.untilMs! <= atOnceMs)
      result[result.length - 1] = { ...before, untilMs: line.atMs, text: `${before.text} → ${line.text}` };
    else result.push({ ...line, untilMs: line.atMs, text: `${line.who}: ${line.text}` });
  }
  const texts = result.map(({ atMs, text }) => `${seconds(atMs)} ${text}`);
  return result.filter((_, at) => texts.indexOf(texts[at]!) === at);
}

const faultLines = ({ faults }: History): Line[] =>
  faults.flatMap(({ text, fromMs, toMs }): Line[] => [
    { atMs: fromMs, kind: 'fault', text: `FAULT: ${text}`, distance: 0 },
    ...(toMs > fromMs ? [{ atMs: toMs, kind: 'fault', text: `over: ${text}`, distance: 1 } as const] : []),
  ]);

const hasNone = (subject: Subject): boolean => subject.posts.size === 0 && subject.places.size === 0;

function postLines({ posts, log }: History, subject: Subject): Line[] {
  const placesOf = (post: Post): string[] => log.filter((entry) => entry.post === post.id).map(placeOf);
  const partitionsOf = (post: Post): string[] => log.filter((entry) => entry.post === post.id).map(partitionOf);
  const firsts = new Map<string, number>();
  return posts.flatMap((post): Line[] => {
    const message = `${post.topic} ${post.key} ${post.sequence}`;
    const first = firsts.get(message);
    if (first === undefined) firsts.set(message, post.id);
    const again = first === undefined ? '' : `, which is ${first} again,`;
    const isMeant = subject.posts.has(post.id);
    const isNear =
      partitionsOf(post).some((partition) => subject.partitions.has(partition)) ||
      (hasNone(subject) && subject.daemons.has(post.daemon));
    const distance = isMeant ? 0 : isNear ? 6 : 8;
    const places = placesOf(post);
    const lies = places.length === 0 ? 'nowhere' : `at ${places.join(' and ')}`;
    const said =
      post.outcome === 'unknown' || post.outcome === 'refused' ? `${post.outcome} (${post.detail})` : post.outcome;
    const end = `${said}; it lies ${lies} in the end`;
    const asks = `${post.client} posts ${post.id}${again} to ${post.daemon} (${post.sync ? 'sync' : 'async'}, ${post.topic}, ${post.key} #${post.sequence})`;
    if (post.answeredMs === undefined)
      return [{ atMs: post.sentMs, kind: 'post', text: `${asks}: no answer; it lies ${lies} in the end`, distance }];
    if (post.answeredMs - post.sentMs <= atOnceMs)
      return [{ atMs: post.sentMs, kind: 'post', text: `${asks}: ${end}`, distance }];
    return [
      { atMs: post.sentMs, kind: 'post', text: asks, distance },
      { atMs: post.answeredMs, kind: 'answer', text: `post ${post.id} is answered: ${end}`, distance },
    ];
  });
}

/** How far from the story what somebody did with one message of one group is; `undefined`: it has no part in it. */
function distanceOf(
  subject: Subject,
  at: { readonly group: string; readonly topic: string; readonly partition: number; readonly offset: number },
): number | undefined {
  if (subject.groups.size > 0 && !subject.groups.has(at.group)) return undefined;
  if (subject.places.has(placeOf(at))) return 1;
  return subject.partitions.has(partitionOf(at)) ? 6 : undefined;
}

const deliveryLines = ({ deliveries }: History, subject: Subject): Line[] =>
  deliveries.flatMap((each): Line[] => {
    const distance = distanceOf(subject, each);
    if (distance === undefined) return [];
    const gone = each.received ? '' : ', who has gone';
    const text = `${each.daemon} hands ${placeOf(each)} (post ${each.post}) to ${each.client} of group ${each.group}${gone}`;
    return [{ atMs: each.handedMs, kind: 'delivery', text, distance }];
  });

const ackLines = ({ acks }: History, subject: Subject): Line[] =>
  acks.flatMap((each): Line[] => {
    const distance = distanceOf(subject, each);
    if (distance === undefined) return [];
    const outcome = each.outcome === 'noted' ? 'noted' : `${each.outcome} (${each.detail})`;
    const text = `ack of ${placeOf(each)} for group ${each.group} to ${each.daemon}: ${outcome}`;
    return [{ atMs: each.answeredMs ?? each.sentMs, kind: 'ack', text, distance }];
  });

const positionLines = ({ positionsSet }: History, subject: Subject): Line[] =>
  positionsSet.flatMap((each): Line[] => {
    if (distanceOf(subject, each) === undefined) return [];
    const text = `a client sets the position of group ${each.group} to ${placeOf(each)}`;
    return [{ atMs: each.sentMs, kind: 'post', text, distance: 1 }];
  });

/** Those that say something new. */
function commitLines({ commits }: History, subject: Subject): Line[] {
  const before = new Map<string, string>();
  return commits.flatMap((each): Line[] => {
    const at = distanceOf(subject, each);
    if (at === undefined) return [];
    const said = `${each.daemon} ${each.offset} ${each.acked.join()}`;
    const owner = `${each.group} ${partitionOf(each)}`;
    if (before.get(owner) === said && each.takenMs !== undefined) return [];
    before.set(owner, said);
    const passes = [...subject.places].some((place) => passesPlace(each, place));
    const above =
      each.acked.length === 0
        ? ''
        : `, acked above it: ${each.acked.map(([from, to]) => (to - from === 1 ? from : `${from}..${to - 1}`)).join(', ')}`;
    const text = `${each.daemon} commits ${placeOf(each)} for group ${each.group}${above}${each.takenMs === undefined ? '; no answer' : ''}`;
    return [{ atMs: each.atMs, kind: 'commit', text, distance: passes ? 2 : 5 }];
  });
}

function passesPlace({ topic, partition, offset }: Commit, place: string): boolean {
  const [, named, at] = /^(.*)@(\d+)$/.exec(place)!;
  return named === partitionOf({ topic, partition }) && offset > Number(at);
}
