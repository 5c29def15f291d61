import { describe, expect, it } from 'vitest';
import { TellingTogether, toldFaults } from '../../src/chaos/together.js';
import type { FaultRecord } from '../../src/verdict/history.js';

const struck = (text: string, fromMs: number, toMs: number): FaultRecord => ({
  kind: text.split(' ')[0]!,
  text,
  daemon: undefined,
  costs: [],
  fromMs,
  toMs,
});
const every = (count: number, fault: (daemon: number) => FaultRecord) =>
  Array.from({ length: count }, (_, at) => fault(at + 1));
const lines = (faults: readonly FaultRecord[]) =>
  toldFaults(faults).map(({ text, fromMs, toMs }) => `${fromMs} ${toMs} ${text}`);

describe('what was done to many targets at once', () => {
  it('is one line, beside what else was done', () => {
    const cuts = every(24, (daemon) => struck(`cut daemon ${daemon} -> zookeeper`, 8000 + daemon, 14_000 + daemon));
    expect(
      lines([...cuts, struck('kill broker 1', 5000, 9000), struck('cut daemon 3 -> broker 1', 20_000, 21_000)]),
    ).toEqual([
      '5000 9000 kill broker 1',
      '8001 14024 cut daemon 1 -> zookeeper, and 23 more at that time',
      '20000 21000 cut daemon 3 -> broker 1',
    ]);
  });

  it('is told one by one of a few, and of those that came back at other times', () => {
    expect(lines(every(3, (daemon) => struck(`freeze daemon ${daemon}`, 8000, 9000)))).toHaveLength(3);
    expect(lines(every(8, (daemon) => struck(`restart daemon ${daemon}`, 8000, 9000 + 700 * daemon)))).toHaveLength(8);
  });
});

describe('telling of what is done to many targets at once', () => {
  const told = (count: number, use: (telling: TellingTogether) => void) => {
    const texts: string[] = [];
    use(new TellingTogether(count, (text) => texts.push(text)));
    return texts;
  };

  it('is once of the beginning and once of the end', () => {
    const texts = told(5, (telling) => {
      for (let daemon = 1; daemon <= 5; daemon++) telling.begins(`cut daemon ${daemon} at 8s`);
      for (let daemon = 1; daemon <= 5; daemon++) telling.ends(`cut daemon ${daemon}`);
    });
    expect(texts).toEqual([
      'cut daemon 1 at 8s, and 4 more at that time',
      'cut daemon 5, and 4 more at that time: over',
    ]);
  });

  it('is of each where there are few, and of no end where there is none', () => {
    const texts = told(2, (telling) => {
      for (let daemon = 1; daemon <= 2; daemon++) telling.begins(`cut daemon ${daemon} at 8s`);
      telling.ends();
      telling.ends('cut daemon 2');
    });
    expect(texts).toEqual(['cut daemon 1 at 8s', 'cut daemon 2 at 8s', 'cut daemon 2: over']);
  });
});
