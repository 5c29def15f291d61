import type { History } from '../../../verdict/history.js';
import type { ChaosResult, Recovery } from '../../result.js';
import { countsOf, isInTime, slowestOf, sumOf } from '../counts.js';
import { counted, duration, isoSeconds, number } from '../format.js';
import { longestGaps } from '../gaps.js';
import { latenciesOf } from '../latencies.js';
import { embeddedJson, escaped } from '../markup.js';
import { storiesOf } from '../partitions.js';
import { brokenChecks } from '../violations.js';
import { axisOf } from './axis.js';
import { bandsSvg, eventRows, timeRow } from './events.js';
import { hoverDataOf } from './hover-data.js';
import { daemonsOf, ownedPartitions, ownerRow, type Daemons, type NumberedGap } from './owners.js';
import { rowHtml } from './row.js';
import { decadesOf, lagRow, lagSeries, latencyLines, latencyRow, postRow, postSeries } from './series.js';
import { tablesHtml } from './tables.js';

const gapsMax = 10;

/** Everything about one run. `id`: of its section. */
export function runHtml(result: ChaosResult, id: string): string {
  const stories = storiesOf(result.history);
  const gaps = longestGaps(stories, result.history.endMs, gapsMax).map((gap, at) => ({ gap, number: at + 1 }));
  const latencies = latenciesOf(result.history);
  return [
    `<section class="run" id="${id}" aria-labelledby="${id}-title">`,
    `<h2 id="${id}-title">${escaped(result.script.title)}</h2>`,
    `<p class="about">${escaped(aboutText(result))}</p>`,
    verdictHtml(result),
    factsHtml(result),
    timelineHtml(result, stories, gaps, latencies, id),
    tablesHtml(result, gaps, latencies, id),
    '</section>',
  ].join('\n');
}

function aboutText({ path, seed, product, startedAtWallMs, history, script }: ChaosResult): string {
  const began = isoSeconds(startedAtWallMs).replace('T', ' ');
  return [
    path,
    ...(seed === undefined ? [] : [`seed ${seed}`]),
    product,
    `load began ${began} UTC`,
    `load ${duration(script.durationMs)}, all in all ${duration(history.endMs)}`,
  ].join(' · ');
}

function verdictHtml(result: ChaosResult): string {
  const { passed, checks, violations } = result.verdict;
  const held = checks.filter(({ outcome }) => outcome === 'held').length;
  const text = passed
    ? `All that could be checked held: ${counted(held, 'check')} of ${checks.length}.`
    : `It did not hold: ${brokenChecks(result).join(', ')}.`;
  const others =
    passed && held < checks.length ? 'The others were left out, or nothing in the run could have broken them.' : '';
  const more = passed ? others : counted(violations.length, 'violation');
  return `<p class="verdict ${passed ? 'passed' : 'failed'}"><span class="word">${passed ? '✓ PASSED' : '✗ FAILED'}</span><b>${escaped(text)}</b><span class="muted">${escaped(more)}</span></p>`;
}

function factsHtml({ history, verdict, command }: ChaosResult): string {
  const facts: (readonly [string, string, string])[] = [
    // What the script's own program did, nobody but itself knows.
    ...(command ? [] : clientFacts(history)),
    ['Faults', number(history.faults.length), ''],
    recoveryFact('Slowest back', slowestOf(verdict.recoveries, 'back')),
    recoveryFact('Slowest takeover', slowestOf(verdict.recoveries, 'takeover')),
  ];
  const items = facts.map(
    ([name, value, detail]) => `<div><dt>${name}</dt><dd>${escaped(value)}<small>${escaped(detail)}</small></dd></div>`,
  );
  return `<dl class="facts">${items.join('')}</dl>`;
}

function clientFacts(history: History): (readonly [string, string, string])[] {
  const counts = countsOf(history);
  return [
    ['Posts', number(counts.posts), `${number(counts.refused)} refused, ${number(counts.unknown)} unknown`],
    ['Messages in the log', number(counts.inLog), counted(history.topics.length, 'topic')],
    [
      'Deliveries',
      number(sumOf(counts.groups.map(({ deliveries }) => deliveries))),
      `to ${counted(counts.groups.length, 'group')}`,
    ],
    ['Came again', number(sumOf(counts.groups.map(({ cameAgain }) => cameAgain))), 'beyond the first delivery'],
  ];
}

function recoveryFact(name: string, slowest: Recovery | undefined): readonly [string, string, string] {
  if (!slowest) return [name, '–', 'none to be judged'];
  const limit = `limit ${duration(slowest.limitMs)}${isInTime(slowest) ? '' : ', too late'}`;
  return [name, slowest.tookMs === undefined ? 'never' : duration(slowest.tookMs), limit];
}

function timelineHtml(
  result: ChaosResult,
  stories: ReturnType<typeof storiesOf>,
  gaps: readonly NumberedGap[],
  latencies: ReturnType<typeof latenciesOf>,
  id: string,
): string {
  const { history } = result;
  const { endMs } = history;
  const axis = axisOf(endMs);
  const daemons = daemonsOf(history, result.processes);
  const owned = ownedPartitions(stories, history, endMs);
  const lag =
    history.log.length > 0
      ? lagSeries(
          stories,
          history.groups.map(({ name }) => name),
          endMs,
        )
      : [];
  const lines = latencies.map((series) => latencyLines(series, endMs));
  const posts = history.posts.length > 0 ? postSeries(history, endMs) : undefined;
  const decades = decadesOf(lines);
  const groups = history.groups.flatMap(({ name }) => {
    const rows = owned.filter(({ story }) => story.group === name);
    const left = stories.filter(({ group }) => group === name).length - rows.length;
    const more = left === 0 ? '' : ` <span class="muted">(${number(left)} more not drawn)</span>`;
    const head = `<div class="group-head">Who had each partition for group ${escaped(name)}${more}</div>`;
    return rows.length === 0 ? [] : [head, ...rows.map((row) => rowHtml(ownerRow(row, gaps, daemons, axis)))];
  });
  const rows = [
    rowHtml(timeRow(axis)),
    ...eventRows(result, axis, id).map(rowHtml),
    ...(posts ? [rowHtml(postRow(posts, endMs))] : []),
    ...lag.map((series) => rowHtml(lagRow(series, endMs))),
    ...groups,
    ...lines.map((each, at) => rowHtml(latencyRow(each, latencies[at]!, decades, endMs))),
    rowHtml(timeRow(axis)),
  ];
  const data = hoverDataOf({ result, daemons, owned, posts, lag, latencies: lines });
  return [
    `<figure class="timeline" aria-label="Timeline of the run">`,
    '<h3>Timeline</h3>',
    `<label class="scrub" hidden><span>Moment</span><input type="range" min="0" value="0" aria-label="Moment of the run" /></label>`,
    `<div class="rows"><div class="over">${bandsSvg(result, axis)}</div>`,
    rows.join('\n'),
    '<div class="cross" hidden></div></div>',
    legendHtml({ daemons, hasOwners: owned.length > 0, hasPosts: posts !== undefined, hasLatencies: lines.length > 0 }),
    '<div class="tip" hidden></div>',
    `<script type="application/json">${embeddedJson(data)}</script>`,
    '</figure>',
  ].join('\n');
}

/** What of the timeline there is. */
interface Legend {
  readonly daemons: Daemons;
  readonly hasOwners: boolean;
  readonly hasPosts: boolean;
  readonly hasLatencies: boolean;
}

function legendHtml({ daemons, hasOwners, hasPosts, hasLatencies }: Legend): string {
  const swatch = (shapes: string) => `<svg width="22" height="12" aria-hidden="true">${shapes}</svg>`;
  const box = (kind: string, y = 0, height = 12) =>
    swatch(`<rect class="${kind}" y="${y}" width="22" height="${height}" rx="2"/>`);
  const line = (kind: string) => swatch(`<line class="line ${kind}" x1="0" x2="22" y1="6" y2="6"/>`);
  const ofOwners = [
    ...daemons.names.map((name) => `${box(`claims ${daemons.classOf(name)}`)}${escaped(name)}`),
    `${box('deliveries daemon-other', 4, 5)}owner known by deliveries only`,
    `${swatch('<g class="gap"><rect y="4" width="22" height="4"/></g>')}gap in delivery, numbered`,
  ];
  const ofPosts = [`${box('well')}written or accepted`, `${box('refused')}refused`, `${box('unknown')}unknown`];
  const ofLatencies = [`${line('p50')}p50`, `${line('p99')}p99`, `${line('max')}slowest`];
  const items = [
    ...(hasOwners ? ofOwners : []),
    ...(hasPosts ? ofPosts : []),
    ...(hasLatencies ? ofLatencies : []),
    `${swatch('<line class="load-end" x1="11" x2="11" y1="0" y2="12"/>')}load ends`,
    `${box('drain')}all is back, what is left is consumed`,
  ];
  return `<ul class="legend">${items.map((item) => `<li>${item}</li>`).join('')}</ul>`;
}
