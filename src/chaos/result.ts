import type { History, HistoryTiming, Violation } from '../verdict/history.js';
import type { CheckName, Script } from './script/script.js';

/** What came of a run: all that reports are made of. Times are milliseconds from the beginning of the load. */
export interface ChaosResult {
  readonly script: Script;
  /** Of the script's file, as it was given. */
  readonly path: string;
  /** That faults at random were drawn by; `undefined`: there are none. */
  readonly seed: number | undefined;
  /** This product and its version. */
  readonly product: string;
  /** When the load began, milliseconds since the Unix epoch. */
  readonly startedAtWallMs: number;
  readonly history: History;
  readonly timing: HistoryTiming;
  readonly processes: readonly DaemonLife[];
  /** How the user's own program ended; `undefined`: the script has none. */
  readonly command: CommandEnd | undefined;
  readonly verdict: ChaosVerdict;
  /** Where logs of all processes are; `undefined`: they were removed. */
  readonly folder: string | undefined;
}

/** One process of a daemon, which has one of these for each time that it was started. */
export interface DaemonLife {
  /** `daemon 1`, as histories name it. */
  readonly daemon: string;
  /** What ZooKeeper knows it by. */
  readonly memberId: string;
  /** Below zero: from before the load. */
  readonly fromMs: number;
  /** `undefined`: it could not be ended within its time, and was killed in the end. */
  readonly toMs: number | undefined;
  /** `told`: by SIGTERM; `killed`: by a fault; `by itself`: nobody asked it to. */
  readonly end: 'told' | 'killed' | 'by itself';
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** From the signal to the end. */
  readonly tookMs: number;
}

export interface CommandEnd {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly tookMs: number;
  /** It ran when everything was over, and was told to stop. */
  readonly wasTold: boolean;
  /** The end of what it wrote to its standard output and error. */
  readonly lastLines: readonly string[];
}

export interface ChaosVerdict {
  readonly passed: boolean;
  /** In the order of `checkNames`. */
  readonly checks: readonly CheckOutcome[];
  readonly violations: readonly Violation[];
  /** Why messages came again, or never came, that may by the rules -> how many. */
  readonly explained: ReadonlyMap<string, number>;
  readonly recoveries: readonly Recovery[];
  /** What was allowed and what was not looked at, in sentences: a report must not claim more than was seen. */
  readonly remarks: readonly string[];
}

export interface CheckOutcome {
  readonly name: CheckName;
  /** `not exercised`: nothing in the run could have broken it. */
  readonly outcome: 'held' | 'broken' | 'left out' | 'not exercised';
  /** How many things were looked at, and what they are: `1,203 posts`. */
  readonly looked: string;
  /** Of this check, those of one that was left out too. */
  readonly violations: readonly Violation[];
}

/** How long it took until messages were consumed again. */
export interface Recovery {
  /** `back`: of all partitions, from when a server, a link or a daemon was back. `takeover`: of a daemon's, by others. */
  readonly kind: 'back' | 'takeover';
  /** The fault in words. */
  readonly fault: string;
  /** From when it is counted. */
  readonly sinceMs: number;
  readonly limitMs: number;
  /** `undefined`: not before the end of the run, or of what could be measured. */
  readonly tookMs: number | undefined;
  /** What took longest. */
  readonly slowest: { readonly group: string; readonly topic: string; readonly partition: number } | undefined;
  /** `undefined`: it is held against its limit. Else why it is not, as when the next fault came first. */
  readonly unjudged: string | undefined;
}
