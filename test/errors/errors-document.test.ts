import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PixyError } from '../../src/errors/pixy-error.js';
import { errorTable, type ErrorCode } from '../../src/errors/table.js';

const document = readFileSync(new URL('../../docs/ERRORS.md', import.meta.url), 'utf8');

/** The rows of the document's tables that begin with a code. */
const documented = document
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) =>
    line
      .slice(1, -1)
      .split(' | ')
      .map((cell) => cell.trim()),
  );

/** Stands for every parameter, so that a text shows their names. */
const placeholders = new Proxy({}, { get: (_, name) => `{${String(name)}}` });

function rowOf(code: ErrorCode): string[] {
  const { status, text, lost, remedy, retryAfterSeconds } = errorTable[code];
  const answer = status === null ? 'exit 1' : String(status);
  const retry = retryAfterSeconds === undefined ? '' : `, retry after ${retryAfterSeconds} s`;
  return [`\`${code}\``, answer + retry, (text as (parameters: object) => string)(placeholders), lost, remedy];
}

const codes = Object.keys(errorTable) as ErrorCode[];

describe('docs/ERRORS.md', () => {
  it.each(codes)('says of %s what the table says', (code) => {
    const row = rowOf(code);
    expect(documented.find(([name]) => name === row[0]) ?? `no row; it would be: | ${row.join(' | ')} |`).toEqual(row);
  });

  it('lists nothing else, nothing twice, and all in the order of the table', () => {
    expect(documented.map(([name]) => name)).toEqual(codes.map((code) => `\`${code}\``));
  });
});

describe('PixyError', () => {
  it('has text, status and retry time of its row, and keeps the cause', () => {
    const cause = new Error('why');
    const error = new PixyError('mailbox-full', { address: 'default/producer/t' }, { cause });
    expect(error).toMatchObject({
      name: 'PixyError',
      code: 'mailbox-full',
      message: 'too many requests wait at default/producer/t',
      status: 503,
      retryAfterSeconds: 1,
      cause,
    });
    expect(new PixyError('group-count', { count: 2 })).toMatchObject({ status: 400, retryAfterSeconds: undefined });
    expect(new PixyError('cannot-listen', { address: 'a', reason: 'b' }).status).toBeNull();
  });
});
