import { clockTime } from '../model/format.js';
import type { RemarkRecord } from '../model/picture.js';
import type { PageStore } from '../store.js';

export function remarkText(record: RemarkRecord): string {
  switch (record.type) {
    case 'remark':
      return record.text;
    case 'fault':
      return `Fault injected: ${record.fault}${record.address === '' ? '' : ` at ${record.address}`}.`;
    case 'gap':
      if (record.dropped === 0)
        return 'The connection was lost, or a daemon went away, and everything was told anew; what happened meanwhile is not shown.';
      return record.resync
        ? `${record.dropped.toLocaleString('en')} records were not sent in time; everything was told anew.`
        : `${record.dropped.toLocaleString('en')} events were left out, because there were too many; states are complete.`;
  }
}

/** What is wrong, then the last remark; the others unfold as a log. */
export function Remarks({ store }: { readonly store: PageStore }) {
  const { world } = store;
  const remarks = world?.remarks.items ?? [];
  const last = remarks.findLast(({ type, ...record }) => type !== 'gap' || ('resync' in record && record.resync));
  const wall = (record: RemarkRecord) => clockTime((world?.head.wallAtZeroMs ?? 0) + record.atMs, false);
  return (
    <>
      <Trouble store={store} />
      {last && (
        <div class="remark">
          <time class="muted">{wall(last)}</time>
          <span class="remark-text" role="status">
            {remarkText(last)}
          </span>
          {store.isLive && last.type === 'remark' && /\bpress n\b/i.test(last.text) && (
            <button class="primary" title="Key n" onClick={() => store.send({ type: 'next' })}>
              Next step
            </button>
          )}
          <button class="link" aria-expanded={store.isLogOpen} title="Key l" onClick={() => store.toggleLog()}>
            {store.isLogOpen ? 'Close the log' : `Log (${remarks.length})`}
          </button>
        </div>
      )}
      {store.isLogOpen && (
        <ol class="log" aria-label="Remarks, newest first">
          {remarks.length === 0 && <li class="muted">Nothing was remarked yet.</li>}
          {remarks.toReversed().map((record, at) => (
            <li key={`${remarks.length - at}`}>
              <time class="muted">{wall(record)}</time> {remarkText(record)}
            </li>
          ))}
        </ol>
      )}
    </>
  );
}

function Trouble({ store }: { readonly store: PageStore }) {
  const { connection, notice, isLive, world } = store;
  return (
    <>
      {connection.state === 'gone' && (
        <div class="trouble tone tone-bad" role="alert">
          {connection.reason === ''
            ? 'The daemon does not answer.'
            : `The daemon does not let this page in: ${connection.reason}`}{' '}
          Trying again in {Math.max(1, Math.ceil((connection.retryAtMs - Date.now()) / 1000))} s.
          {isLive && world && ` What you see is from ${clockTime(store.wallMs, false)}.`}
        </div>
      )}
      {notice !== undefined && (
        <div class="trouble tone tone-bad" role="alert">
          <span>{notice}</span>
          <button onClick={() => store.say(undefined)}>Close</button>
        </div>
      )}
    </>
  );
}
