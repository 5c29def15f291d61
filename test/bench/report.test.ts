import { describe, expect, it } from 'vitest';
import { LatencyHistogram } from '../../bench/load/latency-histogram.js';
import { Measurement } from '../../bench/measurement.js';
import { ratioOf, renderComparison, renderMemory, renderTable } from '../../bench/report.js';

function measurement(requests: number, latencyMs: number, { refused = 0, rssMiB = 100 } = {}): Measurement {
  const latency = new LatencyHistogram();
  for (let n = 0; n < requests; n++) latency.add(latencyMs);
  const side = new Measurement();
  const statuses = { 200: requests, 503: refused };
  side.add({ statuses, elapsedMs: 500, latency: latency.counts, ended: false }, 250, rssMiB);
  return side;
}

/** The cells of the one row. */
function cellsOf(table: string): string[] {
  return table
    .split('\n')[2]!
    .split('|')
    .map((cell) => cell.trim());
}

describe('the report', () => {
  it('says of a row how it stands to its baseline and its aim', () => {
    const met = { name: 'async-64', daemon: measurement(500, 10), baseline: measurement(800, 5) } as const;
    const cells = cellsOf(renderTable([met]));
    expect(cells.slice(2, 7)).toEqual(['1,000/s', '1,600/s (bare Koa)', '0.63', '≥ 0.50', 'yes']);
    expect(cells.slice(7, 13)).toEqual(['10.00', '10.00', '10.00', '500', '313', '100 MiB']);
    const missed = { ...met, baseline: measurement(1001, 5) };
    expect(cellsOf(renderTable([missed]))[6]).toBe('NO');
  });

  it('compares latencies the other way round', () => {
    const row = { name: 'long-poll', daemon: measurement(10, 2), baseline: measurement(10, 1) } as const;
    expect(ratioOf(row)).toBeCloseTo(0.5, 2);
  });

  it('shows what was refused', () => {
    const row = { name: 'flood', daemon: measurement(300, 1, { refused: 100 }), baseline: undefined } as const;
    expect(cellsOf(renderTable([row])).slice(2, 5)).toEqual(['600/s +25% 503', '-', '-']);
  });

  it('holds the highest memory of all rows to the aim', () => {
    const row = (rssMiB: number) =>
      ({ name: 'flood', daemon: measurement(1, 1, { rssMiB }), baseline: undefined }) as const;
    expect(renderMemory([row(100), row(249)])).toContain('249 MiB at the highest; aim: below 250 MiB, met');
    expect(renderMemory([row(250), row(100)])).toContain('NOT met');
  });

  it('holds every side of a comparison against the first', () => {
    const sides = [
      { variant: 'off', measurement: measurement(1000, 5) },
      { variant: 'on', measurement: measurement(800, 10) },
    ];
    const lines = renderComparison([{ name: 'sync-1', sides }]).split('\n');
    const cells = (line: string) => line.split('|').map((cell) => cell.trim());
    expect(cells(lines[2]!).slice(1, 5)).toEqual(['sync produce, 1 connection', 'off', '2,000/s', '-']);
    expect(cells(lines[3]!).slice(1, 10)).toEqual([
      '',
      'on',
      '1,600/s',
      '0.80',
      '10.00',
      '10.00',
      '313',
      '1.25',
      '100 MiB',
    ]);
  });
});
