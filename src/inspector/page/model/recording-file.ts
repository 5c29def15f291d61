import { protocolVersion, type InspectRecordType, type Recording } from '../../protocol.js';

/** Of a file that is opened. */
export const recordingBytesMax = 200 * 1024 * 1024;

/** Reads a file's text; throws an `Error` that says in words what is wrong with it. */
export function readRecording(text: string): Recording {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new Error('This file is no recording: it is not JSON, or only the beginning of it.');
  }
  if (!isObject(parsed) || parsed['format'] !== 'kafka-pixy-recording')
    throw new Error('This file is JSON, but no recording of kafka-pixy.');
  const { head, records } = parsed;
  const protocol = isObject(head) ? head['protocol'] : protocolVersion;
  if (protocol !== protocolVersion)
    throw new Error(
      `This recording is of version ${String(protocol)} and this page reads version ${protocolVersion}. ` +
        'Open it with the kafka-pixy that made it.',
    );
  if (!isObject(head) || !isListOf(isDaemon)(head['daemons']) || !isNumber(head['wallAtZeroMs']) || !isList(records))
    throw new Error('This recording is damaged: its head or its records are missing.');
  const bad = records.findIndex((record) => !isRecord(record));
  if (bad >= 0) throw new Error(`This recording is damaged: record ${bad + 1} of ${records.length} cannot be read.`);
  return inOrder(parsed as unknown as Recording);
}

/** One that merges several sources may be out of order by a little; playing needs it strictly so. */
function inOrder(recording: Recording): Recording {
  const { records } = recording;
  const isSorted = records.every((record, at) => at === 0 || records[at - 1]!.atMs <= record.atMs);
  return isSorted ? recording : { ...recording, records: [...records].sort((one, other) => one.atMs - other.atMs) };
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === 'string';
const isNumber: Check = (value) => Number.isFinite(value);
const isFlag: Check = (value) => typeof value === 'boolean';
const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);
const isListOf =
  (check: Check): Check =>
  (value) =>
    isList(value) && value.every(check);
const orNone =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const isState: Check = (value) => isText(value) || (isObject(value) && !isList(value));

/** Fields that are not named may be anything. */
const has =
  (fields: Readonly<Record<string, Check>>): Check =>
  (value) =>
    isObject(value) && Object.entries(fields).every(([name, check]) => check(value[name]));

const isLoad: Check = (value) =>
  isObject(value) && Object.values(value).every((one) => isText(one) || isNumber(one) || isFlag(one));
const isDaemon = has({ name: isText, memberIds: isObject, listens: isListOf(isText) });
const sample = { mailboxLength: isNumber, openAsks: isNumber, load: isLoad };
const life = { kind: isText, parent: orNone(isText), incarnation: isNumber };
const come = { name: isText, from: orNone(isText), times: isNumber };
const isGroup = has({
  cluster: isText,
  group: isText,
  members: isListOf(has({ id: isText, topics: isListOf(isText) })),
  owners: isListOf(has({ topic: isText, partition: isNumber, member: isText, sessionId: isText })),
});

/** What each type of record must have, so that nothing stumbles over it while it is played. */
const checks: Readonly<Record<InspectRecordType, Check>> = {
  actor: has({
    actor: has({
      ...sample,
      ...life,
      ...{ address: isText, startedAtMs: isNumber, value: orNone(isState), tags: isListOf(isText), restarts: isNumber },
    }),
  }),
  spawn: has(life),
  state: has({ value: isState, tags: orNone(isListOf(isText)), by: isText, taken: isListOf(isText) }),
  event: has(come),
  ask: has({ ...come, served: isText }),
  outcome: has({ name: isText, outcome: isText, times: isNumber }),
  sample: has({ sample: has(sample) }),
  end: has({ how: isText, reason: orNone(isText), gone: isFlag }),
  fault: has({ fault: isText }),
  group: has({ group: isGroup }),
  gap: has({ dropped: isNumber, resync: isFlag }),
  synced: () => true,
  remark: has({ text: isText }),
};

const isPlace = has({ atMs: isNumber, address: isText, type: isText });

function isRecord(record: unknown): boolean {
  if (!isPlace(record)) return false;
  const { type } = record as { readonly type: string };
  return Object.hasOwn(checks, type) && checks[type as InspectRecordType](record);
}
