import { describe, expect, it } from 'vitest';
import { addressMatcher } from '../../src/fault-injection/address-pattern.js';

describe('a pattern of addresses', () => {
  it.each([
    ['', ''],
    ['default/zookeeper', 'default/zookeeper'],
    ['default/group/*/topic/orders/partition/*', 'default/group/g1/topic/orders/partition/13'],
    ['*/zookeeper', 'east/zookeeper'],
    ['default/group/g*', 'default/group/g'],
    ['default/group/*-jobs', 'default/group/night-jobs-jobs'],
    ['default/group/a*b*a', 'default/group/ab-a-ba'],
    ['default/group/a*a', 'default/group/aa'],
    ['default/group/*', 'default/group/a*b'],
    ['default/group/a%20b', 'default/group/a%20b'],
  ])('%s means %s', (pattern, address) => {
    expect(addressMatcher(pattern)(address)).toBe(true);
  });

  it.each([
    ['', 'default'],
    ['*', ''],
    ['*', 'default/zookeeper'],
    ['default/group/*', 'default/group/g1/topic/orders'],
    ['default/*/topic/orders', 'default/group/g1/topic/orders'],
    ['default/zookeeper', 'default/zookeeper2'],
    ['default/group/a*a', 'default/group/a'],
    ['default/group/a*b*ba', 'default/group/aba'],
    ['default/group/*.b', 'default/group/axb'],
    ['default/group/*/', 'default/group/g1'],
  ])('%s does not mean %s', (pattern, address) => {
    expect(addressMatcher(pattern)(address)).toBe(false);
  });

  it('costs no more for many asterisks', () => {
    const pattern = `default/group/${'*a'.repeat(8000)}`;
    expect(addressMatcher(pattern)(`default/group/${'a'.repeat(8000)}b`)).toBe(false);
    expect(addressMatcher(pattern)(`default/group/${'a'.repeat(8000)}`)).toBe(true);
  });
});
