import { protocolVersion, type Recording } from '../../protocol.js';

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
  if (!isObject(head) || !Array.isArray(head['daemons']) || !Array.isArray(records))
    throw new Error('This recording is damaged: its head or its records are missing.');
  const { protocol } = head;
  if (protocol !== protocolVersion)
    throw new Error(
      `This recording is of version ${String(protocol)} and this page reads version ${protocolVersion}. ` +
        'Open it with the kafka-pixy that made it.',
    );
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

const isRecord = (record: unknown): boolean =>
  isObject(record) &&
  Number.isFinite(record['atMs']) &&
  typeof record['address'] === 'string' &&
  typeof record['type'] === 'string';
