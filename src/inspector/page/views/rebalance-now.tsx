import type { GroupHistory } from '../model/group-histories.js';
import { ranges, shortRanges } from '../model/partitions-text.js';
import type { ReasonLine } from '../model/reasons-summary.js';
import { MemberMark } from './rebalance-mark.js';

/** Of one topic; the worst come first. */
const linesMax = 6;

const toneMark = { ok: '✓', wait: '…', bad: '!', idle: '–' } as const;

/** What is to be said of the partitions, in sentences. */
export function RebalanceNow({
  lines,
  history,
}: {
  /** No partitions: it is said of the topic. */
  readonly lines: readonly ReasonLine[];
  readonly history: GroupHistory;
}) {
  const left = lines.slice(linesMax).reduce((sum, { partitions }) => sum + partitions.length, 0);
  return (
    <section class="rb-now" aria-label="What is going on">
      <ul>
        {lines.slice(0, linesMax).map(({ partitions, reason }) => (
          <li key={`${reason.kind} ${partitions[0]}`} class={`tone tone-${reason.tone}`}>
            <span class="rb-tone-mark" aria-hidden="true">
              {toneMark[reason.tone]}
            </span>
            <span class="rb-now-partitions">
              {partitions.length > 0 && <span class="visually-hidden">Partitions </span>}
              <span title={ranges(partitions)}>{partitions.length === 0 ? 'all' : shortRanges(partitions)}</span>
            </span>
            <span class="rb-now-text">
              {reason.member !== undefined && <MemberMark member={history.members.get(reason.member)} />}
              <strong>{reason.is}</strong> <span class="muted">{reason.next}</span>
              {reason.command !== undefined && <code class="rb-command">{reason.command}</code>}
            </span>
          </li>
        ))}
      </ul>
      {left > 0 && <p class="muted">{left} more partitions are told of below.</p>}
    </section>
  );
}
