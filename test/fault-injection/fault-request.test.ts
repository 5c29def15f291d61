import { describe, expect, it } from 'vitest';
import { parseFaultRequest } from '../../src/fault-injection/fault-request.js';

const read = (value: unknown) => parseFaultRequest(JSON.stringify(value));

describe('a fault that is asked for', () => {
  it('is read', () => {
    expect(read({ address: 'a/*', fault: 'crash' })).toEqual({ address: 'a/*', fault: { kind: 'crash' } });
    for (const kind of ['slow', 'mailbox-full'])
      expect(read({ address: '', fault: kind, forMs: 2000 })).toEqual({ address: '', fault: { kind, forMs: 2000 } });
  });

  const forMs = 'bad request: "forMs" is how long it lasts, a whole number of milliseconds from 1 to 600000';
  const shape = 'bad request: a JSON object like {"address": "default/group/g/topic/t/partition/0"';
  const kinds = 'bad request: "fault" is one of "crash", "slow" and "mailbox-full"';

  it.each([
    [[], shape],
    [null, shape],
    ['crash', shape],
    [{}, kinds],
    [{ address: 'a', fault: 'kill' }, kinds],
    [{ fault: 'crash' }, 'bad request: "address" is a text: the address of an actor, or a pattern with *'],
    [{ address: 7, fault: 'slow', forMs: 1 }, 'bad request: "address" is a text'],
    [
      { address: 'a', fault: 'crash', forMs: 1 },
      'bad request: a crash is over at once: it takes "address" and "fault", and no "forMs"',
    ],
    [{ address: 'a', fault: 'slow', forms: 1 }, forMs],
    [
      { address: 'a', fault: 'slow', forMs: 1, times: 2, every: 3 },
      'bad request: it takes "address", "fault" and "forMs", and no "times", "every"',
    ],
    [{ address: 'a', fault: 'slow' }, forMs],
    [{ address: 'a', fault: 'slow', forMs: 0 }, forMs],
    [{ address: 'a', fault: 'slow', forMs: 1.5 }, forMs],
    [{ address: 'a', fault: 'slow', forMs: '2s' }, forMs],
    [{ address: 'a', fault: 'mailbox-full', forMs: 600_001 }, forMs],
  ])('%j is refused in words', (value, words) => {
    expect(() => read(value)).toThrow(words);
  });

  it('is JSON', () => {
    expect(() => parseFaultRequest('address=a')).toThrow('2000} is expected; this is no JSON');
  });
});
