import { useEffect, useRef } from 'preact/hooks';
import { keyHelp } from '../keys.js';
import type { PageStore } from '../store.js';

export function KeyHelp({ store }: { readonly store: PageStore }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} class="key-help" aria-label="Keys" onClose={() => store.isHelpOpen && store.toggleHelp()}>
      <h2>Keys</h2>
      <dl>
        {keyHelp.map(([keys, what]) => (
          <div key={keys}>
            <dt>{keys.split(' ').map((key) => (/^(or|–)$/.test(key) ? ` ${key} ` : <kbd key={key}>{key}</kbd>))}</dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <p class="muted">
        For those who are online: <a href="/inspect/stately">the same actors in the inspector of Stately</a>, which is
        loaded from the internet.
      </p>
      <button onClick={() => store.toggleHelp()}>Close</button>
    </dialog>
  );
}
