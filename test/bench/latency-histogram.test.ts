import { describe, expect, it } from 'vitest';
import { LatencyHistogram } from '../../bench/load/latency-histogram.js';

describe('a latency histogram', () => {
  it('gives percentiles within the width of a bucket', () => {
    const histogram = new LatencyHistogram();
    for (let ms = 1; ms <= 1000; ms++) histogram.add(ms);
    for (const [share, exact] of [
      [0.5, 500],
      [0.95, 950],
      [0.99, 990],
      [1, 1000],
    ] as const) {
      expect(Math.abs(histogram.percentile(share) / exact - 1)).toBeLessThan(0.025);
    }
  });

  it('adds up with what another process counted', () => {
    const one = new LatencyHistogram();
    one.add(1);
    const other = new LatencyHistogram();
    other.add(100);
    other.add(100);
    one.merge(new LatencyHistogram(other.counts));
    expect(one.total).toBe(3);
    expect(one.percentile(0.34)).toBeCloseTo(100, 5);
    expect(one.percentile(0.33)).toBeCloseTo(1, 5);
  });

  it('keeps what lies beyond its ends in its end buckets, and has no percentile of nothing', () => {
    const histogram = new LatencyHistogram();
    expect(histogram.percentile(0.5)).toBeNaN();
    histogram.add(0);
    histogram.add(1e9);
    expect(histogram.percentile(0.5)).toBeCloseTo(0.001, 5);
    expect(histogram.percentile(1)).toBeCloseTo(100_000, 0);
  });
});
