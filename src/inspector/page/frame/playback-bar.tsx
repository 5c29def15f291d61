import { clockTime, duration } from '../model/format.js';
import type { PageStore, Player } from '../store.js';
import { remarkText } from './remarks.js';

const speeds = [1, 4, 16];

/** Time, of what was seen or of a file. */
export function PlaybackBar({ store, player }: { readonly store: PageStore; readonly player: Player }) {
  const { playback } = player;
  const { fromMs, toMs, atMs, recording, remarks } = playback;
  const position = (ms: number) => (toMs === fromMs ? 0 : (100 * (ms - fromMs)) / (toMs - fromMs));
  return (
    <footer class="playback" aria-label="Playback">
      <button class="primary" title="Space" onClick={() => store.toggle()}>
        {player.isPlaying ? 'Pause' : 'Play'}
      </button>
      <span class="playback-steps">
        <Step store={store} what="remark" label="remark" />
        <Step store={store} what="state" label="state" />
      </span>
      <span class="playback-slider">
        <input
          type="range"
          min={fromMs}
          max={toMs}
          step="any"
          value={atMs}
          aria-label="Moment"
          aria-valuetext={`${duration(atMs - fromMs)} of ${duration(toMs - fromMs)}`}
          onInput={({ currentTarget }) => store.seek(currentTarget.valueAsNumber)}
          onKeyDown={(event) => {
            // A step of a thousandth would be of no use in a recording of an hour.
            const by = { ArrowLeft: -1000, ArrowRight: 1000, PageDown: -10_000, PageUp: 10_000 }[event.key];
            if (by === undefined) return;
            event.preventDefault();
            store.seek(atMs + by);
          }}
        />
        <span class="playback-marks" aria-hidden="true">
          {remarks.slice(0, 200).map((record, at) => (
            <i key={at} title={remarkText(record)} style={{ left: `${position(record.atMs)}%` }} />
          ))}
        </span>
      </span>
      <span class="playback-time mono">
        {clockTime(recording.head.wallAtZeroMs + atMs)}{' '}
        <span class="muted">
          {duration(atMs - fromMs)} of {duration(toMs - fromMs)}
        </span>
      </span>
      <span class="playback-speeds" role="group" aria-label="Speed">
        {speeds.map((speed) => (
          <button key={speed} aria-pressed={speed === player.speed} onClick={() => store.setSpeed(speed)}>
            ×{speed}
          </button>
        ))}
      </span>
      <span class="muted playback-source">{player.isOwn ? 'what this page has seen' : recording.source}</span>
    </footer>
  );
}

function Step(props: { readonly store: PageStore; readonly what: 'remark' | 'state'; readonly label: string }) {
  const { store, what, label } = props;
  const [back, on] = what === 'remark' ? [',', '.'] : ['[', ']'];
  const whose = what === 'state' && store.selected !== undefined ? ' of the chosen actor' : '';
  return (
    <span class="joined">
      <button
        aria-label={`Previous ${label}${whose}`}
        title={`Previous ${label}${whose} (key ${back})`}
        onClick={() => store.step(what, true)}
      >
        ‹
      </button>
      <span class="muted">{label}</span>
      <button
        aria-label={`Next ${label}${whose}`}
        title={`Next ${label}${whose} (key ${on})`}
        onClick={() => store.step(what, false)}
      >
        ›
      </button>
    </span>
  );
}
