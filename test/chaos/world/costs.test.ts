import { describe, expect, it } from 'vitest';
import { costsOf } from '../../../src/chaos/world/costs.js';

describe('what a fault may cost', () => {
  it.each([
    ['kill', 'daemon', 'memory claims'],
    ['freeze', 'daemon', 'commits lease claims'],
    ['restart', 'daemon', ''],
    ['expireSession', 'daemon', 'claims lease'],
    ['restart', 'broker', 'commits'],
    ['halfOpen', 'daemon-to-broker', 'commits'],
    ['kill', 'zookeeper', 'claims commits lease'],
    ['delay', 'daemon-to-zookeeper', 'claims commits'],
    ['cut', 'clients-to-daemon', 'answers'],
    ['full', 'actors', 'commits claims'],
  ] as const)('by %s, of %s: %s', (kind, target, costs) => {
    expect(costsOf(kind, target).join(' ')).toBe(costs);
  });
});
