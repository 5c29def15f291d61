import { duration } from '../model/format.js';
import type { GroupHistory } from '../model/group-histories.js';
import type { HandoverStep, HandoverStepName } from '../model/handovers.js';
import { roundsOf, type HandoverRound } from '../model/handovers-rounds.js';
import type { TopicHistory } from '../model/handovers-tracker.js';
import { ranges, shortRanges } from '../model/partitions-text.js';
import type { World } from '../model/world.js';
import { MemberName } from './rebalance-mark.js';
import './rebalance-handovers.css';

const roundsShownMax = 30;

export interface RebalanceHandoversProps {
  readonly world: World;
  readonly history: GroupHistory;
  readonly topic: TopicHistory;
}

export function RebalanceHandovers({ world, history, topic }: RebalanceHandoversProps) {
  const rounds = roundsOf(topic, history.members, world.nowMs, roundsShownMax);
  return (
    <section class="rb-handovers" aria-label="Hand-overs">
      <h2>Hand-overs</h2>
      {rounds.length === 0 ? (
        <p class="muted">No partition has changed hands since this page looks. Start or stop a member to see it.</p>
      ) : (
        <div class="rb-scroll">
          <table>
            <thead>
              <tr>
                <th>When</th>
                <th>Partitions</th>
                <th>From</th>
                <th>To</th>
                <th class="number">Took</th>
                <th>Steps</th>
                <th>Why</th>
              </tr>
            </thead>
            <tbody>
              {rounds.map((round) => (
                <Round key={`${round.fromMs} ${round.partitions[0]} ${round.from}`} {...{ round, world, history }} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

interface RoundProps {
  readonly round: HandoverRound;
  readonly world: World;
  readonly history: GroupHistory;
}

function Round({ round, world, history }: RoundProps) {
  const { partitions, from, to, cause, toMs, tookMs, steps, isLostSight } = round;
  const { members } = history;
  const isAbandoned = toMs !== undefined && to === undefined;
  const nobody = isLostSight ? 'not known' : isAbandoned ? 'nobody is left' : 'nobody yet';
  return (
    <tr class={toMs === undefined ? 'tone-wait' : ''}>
      <td class="muted">{toMs === undefined ? 'now' : `${duration(world.nowMs - toMs)} ago`}</td>
      <td class="mono" title={ranges(partitions)}>
        {shortRanges(partitions)}
      </td>
      <td>{from === undefined ? <span class="muted">nobody</span> : <MemberName id={from} members={members} />}</td>
      <td>{to === undefined ? <span class="muted">{nobody}</span> : <MemberName id={to} members={members} />}</td>
      <td class="number mono">
        {duration(tookMs)}
        {toMs === undefined && '…'}
      </td>
      <td>
        <Steps steps={steps} tookMs={tookMs} />
      </td>
      <td>{cause === '' ? <span class="muted">not known</span> : cause}</td>
    </tr>
  );
}

const stepText: Readonly<Record<HandoverStepName, string>> = {
  noticing: 'until it was noticed',
  paused: 'paused, ZooKeeper silent',
  settling: 'acks',
  committing: 'commit',
  releasing: 'release',
  restarting: 'start again',
  setting: 'set position',
  waiting: 'wait for the claim',
  claiming: 'claim',
  positioning: 'read offset',
};

/** What took the time, as a bar and in words. */
function Steps({ steps, tookMs }: { readonly steps: readonly HandoverStep[]; readonly tookMs: number }) {
  if (steps.length === 0) return <span class="muted">at once</span>;
  const words = steps.map(({ name, fromMs, toMs }) => `${stepText[name]} ${duration(toMs - fromMs)}`).join(', ');
  return (
    <span class="rb-steps" title={words}>
      <span class="rb-steps-bar" aria-hidden="true">
        {steps.map(({ name, fromMs, toMs }, index) => (
          <span key={index} class={`step-${name}`} style={{ width: `${((toMs - fromMs) / tookMs) * 100}%` }} />
        ))}
      </span>
      <span class="rb-steps-text muted">{words}</span>
    </span>
  );
}
