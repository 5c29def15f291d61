import { describe, expect, it } from 'vitest';
import { readScript } from '../../../src/chaos/script/read.js';

const script = (consume: string, rest = '') =>
  readScript('my.yaml', `title: What?\nduration: 30s\nworkload: { consume: { ${consume} } }\n${rest}`);
const patient = 'daemons: { config: { consumer: { ack_timeout: 3s } } }';

describe('messages that are not acknowledged in time', () => {
  it('are for groups that acknowledge by requests', () => {
    const { workload } = script('ack: later, lateShare: 10%, neverShare: 90%', patient);
    expect(workload).toMatchObject({ consume: [{ ack: 'later', lateShare: 0.1, neverShare: 0.9 }] });
    expect(() => script('lateShare: 10%', patient)).toThrow(
      'line 3, column 35: workload.consume.lateShare is for ack: later; with auto there is nothing to acknowledge',
    );
  });

  it('are not more than there are', () => {
    expect(() => script('ack: later, lateShare: 50%, neverShare: 51%', patient)).toThrow(
      'workload.consume: lateShare and neverShare are more than 100% together',
    );
  });

  it('come again while the run lasts', () => {
    expect(() => script('ack: later, neverShare: 1%')).toThrow(
      'workload.consume.neverShare: a message comes again 5m after it was given, and the run lasts 30s; set daemons.config.consumer.ack_timeout, as 3s',
    );
  });
});
