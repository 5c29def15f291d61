/** What is measured, and beside what. */
export interface Row {
  readonly title: string;
  readonly work: 'produce' | 'consume' | 'long-poll' | 'flood';
  readonly sync: boolean;
  readonly connections: number;
  readonly messageBytes: number;
  readonly baseline: 'bare kafkajs' | 'bare Koa' | undefined;
  /** Least ratio to the baseline; `undefined`: none was set. */
  readonly aim: number | undefined;
}

const KiB = 1024;

const row = (title: string, work: Row['work'], rest: Partial<Row>): Row => ({
  title,
  work,
  sync: false,
  connections: 1,
  messageBytes: KiB,
  baseline: undefined,
  aim: undefined,
  ...rest,
});

export const rows = {
  'sync-1': row('sync produce, 1 connection', 'produce', { sync: true, baseline: 'bare kafkajs', aim: 0.5 }),
  'sync-64': row('sync produce, 64 connections', 'produce', { sync: true, connections: 64, baseline: 'bare kafkajs' }),
  'async-64': row('async produce, 64 connections', 'produce', { connections: 64, baseline: 'bare Koa', aim: 0.5 }),
  'consume-1': row('consume, 1 connection', 'consume', { baseline: 'bare Koa' }),
  'consume-16': row('consume, 16 connections', 'consume', { connections: 16, baseline: 'bare Koa' }),
  'consume-64': row('consume, 64 connections', 'consume', { connections: 64, baseline: 'bare Koa', aim: 0.5 }),
  'long-poll': row('produced to consumed, waiting poll', 'long-poll', { sync: true, baseline: 'bare kafkajs' }),
  flood: row('async flood, 16 KiB, 256 connections', 'flood', { connections: 256, messageBytes: 16 * KiB }),
} as const satisfies Record<string, Row>;

export type RowName = keyof typeof rows;

export const rowNames = Object.keys(rows) as RowName[];

export function isRowName(name: string): name is RowName {
  return Object.hasOwn(rows, name);
}

/** The daemon's resident memory stays below this in every row. */
export const rssMaxMiB = 250;
