import type { World } from '../model/world.js';
import type { Answers } from '../view.js';

/** How much of the past is shown. */
const spans = [
  [30_000, '30 s'],
  [120_000, '2 min'],
  [600_000, '10 min'],
] as const;

export interface RebalancePickerProps {
  readonly world: World;
  readonly answers: Answers;
  readonly chosen: string | undefined;
  readonly topics: readonly string[];
  readonly topic: string | undefined;
  readonly spanMs: number;
  setSpanMs(spanMs: number): void;
  /** Asks anew which there are: those of other processes come unseen. */
  listGroups(): void;
  chooseGroup(group: string): void;
  chooseTopic(topic: string): void;
}

export function RebalancePicker(props: RebalancePickerProps) {
  const { world, answers, chosen, topics, topic, spanMs } = props;
  const groups = groupsOf(world, answers, chosen);
  const clusters = new Set(groups.map((group) => splitGroup(group).cluster));
  const nameOf = (key: string) => (clusters.size > 1 ? key : splitGroup(key).group);
  return (
    <div class="rb-picker">
      <label>
        Group{' '}
        <select
          value={chosen ?? ''}
          onFocus={props.listGroups}
          onChange={({ currentTarget }) => props.chooseGroup(currentTarget.value)}
        >
          {groups.length === 0 && <option value="">none yet</option>}
          {groups.map((group) => (
            <option key={group} value={group}>
              {nameOf(group)}
            </option>
          ))}
        </select>
      </label>
      <label>
        Topic{' '}
        <select
          value={topic ?? ''}
          disabled={topics.length === 0}
          onChange={({ currentTarget }) => props.chooseTopic(currentTarget.value)}
        >
          {topics.length === 0 && <option value="">none yet</option>}
          {topics.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <fieldset class="rb-spans">
        <legend class="visually-hidden">How much of the past is shown</legend>
        {spans.map(([ms, text]) => (
          <button key={ms} type="button" aria-pressed={ms === spanMs} onClick={() => props.setSpanMs(ms)}>
            {text}
          </button>
        ))}
      </fieldset>
    </div>
  );
}

/** `cluster/group`; the name of a group has no slash. */
export function splitGroup(key: string): { readonly cluster: string; readonly group: string } {
  const slash = key.lastIndexOf('/');
  return { cluster: key.slice(0, slash), group: key.slice(slash + 1) };
}

function groupsOf(world: World, answers: Answers, chosen: string | undefined): string[] {
  const keys = new Set<string>();
  for (const { cluster, group } of world.groups.all) keys.add(`${cluster}/${group}`);
  for (const [cluster, groups] of answers.groups) for (const group of groups) keys.add(`${cluster}/${group}`);
  if (chosen !== undefined) keys.add(chosen);
  return [...keys].sort();
}
