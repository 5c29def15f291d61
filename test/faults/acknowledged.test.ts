import { describe, expect, it } from 'vitest';
import { checkAcknowledged } from '../../scripts/faults/checkers/acknowledged.js';
import type { Ack, Delivery, Fault } from '../../scripts/faults/history.js';
import { ack, calmHistory, entry, fault, later, timing } from './made-up.js';

function judged(deliveries: readonly Delivery[], acks: readonly Ack[], faults: readonly Fault[] = []) {
  const history = calmHistory({ log: [entry(0)], deliveries, acks, faults });
  const { violations, causes, expired } = checkAcknowledged(history, timing);
  return { violations: violations.map(({ check }) => check), causes: Object.fromEntries(causes), expired };
}

const kept = { violations: [], causes: {}, expired: 0 };
const at = (receivedMs: number, rest: Partial<Delivery> = {}) =>
  later(0, { receivedMs, askedMs: receivedMs - 10, ...rest });
const ackAt = (sentMs: number, rest: Partial<Ack> = {}) => ack(0, { sentMs, receivedMs: sentMs - 500, ...rest });
const setBack = (offset: number) =>
  fault('offsets-set', { daemon: 'd1', positions: [{ group: 'later', partition: 0, offset }] });

describe('a message that was acknowledged', () => {
  it('does not come again in a calm history', () => {
    expect(checkAcknowledged(calmHistory(), timing)).toEqual({ violations: [], causes: new Map(), expired: 0 });
  });

  it('may not come again, whatever time has passed', () => {
    const broken = { ...kept, violations: ['acknowledged, delivered again'] };
    expect(judged([at(1000), at(3500)], [ackAt(1500)])).toEqual(broken);
    expect(judged([at(9000), at(14_000)], [ackAt(9500)], [fault('zookeeper-gone'), fault('broker-killed')])).toEqual(
      broken,
    );
  });

  it('may come again to who asked before the ack was answered', () => {
    expect(judged([at(1000), at(3500, { askedMs: 3400 })], [ackAt(3395, { answeredMs: 3450 })])).toEqual({
      ...kept,
      expired: 1,
    });
  });

  it('may come again when the daemon that had noted it was killed within a commit interval', () => {
    const killed = [fault('daemon-killed', { daemon: 'd1' })];
    const again = at(14_000, { daemon: 'd2' });
    expect(judged([at(9000), again], [ackAt(9900)], killed)).toEqual({ ...kept, causes: { 'daemon-killed': 1 } });
    expect(judged([at(7000), again], [ackAt(7900)], killed).violations).toEqual(['acknowledged, delivered again']);
  });

  it('may come again when its partition had been elsewhere between delivery and ack', () => {
    const stopped = [fault('daemon-stopped', { daemon: 'd2' })];
    const late = ackAt(14_500, { receivedMs: 9900 });
    expect(judged([at(9900), at(15_000)], [late], stopped).causes).toEqual({ 'daemon-stopped': 1 });
    const soon = ackAt(9000, { receivedMs: 8900 });
    expect(judged([at(8900), at(15_000)], [soon], stopped).violations).toEqual(['acknowledged, delivered again']);
  });

  it('comes again when the group was set back to it or below', () => {
    expect(judged([at(8000), at(12_500)], [ackAt(8500)], [setBack(0)]).causes).toEqual({ 'offsets-set': 1 });
    expect(judged([at(8000), at(12_500)], [ackAt(8500)], [setBack(1)]).violations).toEqual([
      'acknowledged, delivered again',
    ]);
  });

  it('has to be so for each of its acks', () => {
    const deliveries = [at(8000), at(12_500), at(15_000)];
    expect(judged(deliveries, [ackAt(8500), ackAt(14_800)], [setBack(0)]).violations).toEqual([
      'acknowledged, delivered again',
    ]);
  });
});

describe('a message that was not acknowledged', () => {
  it('comes again when its time is over, and not before', () => {
    expect(judged([at(1000), at(3000)], [ackAt(3100)])).toEqual({ ...kept, expired: 1 });
    expect(judged([at(1000), at(2900)], [ackAt(3100)])).toEqual({ ...kept, violations: ['too early'] });
  });

  it('comes again at once from another owner', () => {
    const deliveries = [at(9900), at(11_000, { daemon: 'd2' })];
    const acks = [ackAt(11_500, { daemon: 'd2' })];
    expect(judged(deliveries, acks, [fault('daemon-stopped', { daemon: 'd1' })]).causes).toEqual({
      'daemon-stopped': 1,
    });
    expect(judged(deliveries, acks, [fault('zookeeper-gone')]).violations).toEqual(['too early']);
  });

  it('comes again at once when the log had lost the place of its owner, or the group was set back', () => {
    const deliveries = [at(9900), at(11_000)];
    const acks = [ackAt(11_500)];
    expect(judged(deliveries, acks, [fault('broker-killed')]).causes).toEqual({ 'broker-killed': 1 });
    expect(judged(deliveries, acks, [setBack(0)]).causes).toEqual({ 'offsets-set': 1 });
  });

  it('is lost when nobody acknowledges it to the end', () => {
    expect(judged([at(1000)], []).violations).toEqual(['lost']);
    expect(judged([at(1000)], [ackAt(1500, { outcome: 'unknown' })])).toEqual(kept);
  });
});

describe('an ack that is refused', () => {
  const refused = (sentMs: number) => [
    ackAt(sentMs, { outcome: 'refused', detail: '500 ack-channel-missing' }),
    ackAt(20_000),
  ];

  it('is a breach while no partition moves', () => {
    expect(judged([at(1000)], refused(1500)).violations).toEqual(['ack refused']);
    expect(judged([at(9900)], refused(10_400), [fault('zookeeper-gone')]).violations).toEqual(['ack refused']);
  });

  it('is none when the daemons stop, at the end', () => {
    expect(judged([at(59_800)], refused(60_300)).violations).toEqual([]);
    expect(judged([at(59_000)], refused(59_900)).violations).toEqual(['ack refused']);
  });

  it('is none when the partition may have gone to another daemon meanwhile', () => {
    expect(judged([at(9900)], refused(10_400), [fault('daemon-killed', { daemon: 'd2' })])).toEqual(kept);
  });
});
