import { useEffect, useReducer, useRef, useState } from 'preact/hooks';
import { Header } from './frame/header.js';
import { KeyHelp } from './frame/key-help.js';
import { PlaybackBar } from './frame/playback-bar.js';
import { Remarks } from './frame/remarks.js';
import { onKey } from './keys.js';
import type { PageStore } from './store.js';
import type { ViewProps } from './view.js';
import { ActorsView } from './views/actors.js';
import { RebalanceView } from './views/rebalance.js';
import { SequenceView } from './views/sequence.js';
import { TopicsView } from './views/topics.js';

export function App({ store }: { readonly store: PageStore }) {
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const draggingOver = useDrop(store);
  useEffect(() => {
    const keys = (event: KeyboardEvent) => onKey(event, store);
    document.addEventListener('keydown', keys);
    store.start(() => redraw(undefined));
    return () => document.removeEventListener('keydown', keys);
  }, [store]);
  return (
    <div class={`app ${draggingOver ? 'dropping' : ''}`}>
      <div>
        <Header store={store} />
        <Remarks store={store} />
      </div>
      <main>
        <div id="view" role="tabpanel" aria-labelledby={`tab-${store.view}`}>
          <View store={store} />
        </div>
      </main>
      {store.player ? <PlaybackBar store={store} player={store.player} /> : <div />}
      {store.isHelpOpen && <KeyHelp store={store} />}
      {draggingOver && <div class="drop-here">Drop a recording here to play it.</div>}
    </div>
  );
}

function View({ store }: { readonly store: PageStore }) {
  const { world } = store;
  if (!world) return <Waiting store={store} />;
  const props: ViewProps = {
    world,
    version: store.version,
    isLive: store.isLive,
    selected: store.selected,
    group: store.group,
    answers: store.answers,
    actions: store,
  };
  switch (store.view) {
    case 'rebalance':
      return <RebalanceView {...props} />;
    case 'actors':
      return <ActorsView {...props} store={store} />;
    case 'sequence':
      return <SequenceView {...props} />;
    case 'topics':
      return <TopicsView {...props} />;
  }
}

function Waiting({ store }: { readonly store: PageStore }) {
  const isGone = store.connection.state === 'gone';
  return (
    <div class="empty">
      <h2>{isGone ? 'The daemon does not answer' : 'Waiting for the daemon'}</h2>
      <p>
        As soon as it answers, everything that lives in it is shown here. Meanwhile a recording can be played: open one
        with the button above, or drop its file onto this page.
      </p>
    </div>
  );
}

/** Whether a file is held over the page; what is dropped is opened. */
function useDrop(store: PageStore): boolean {
  const [isOver, setOver] = useState(false);
  const depth = useRef(0);
  useEffect(() => {
    const moved = (by: number) => () => {
      depth.current = Math.max(0, depth.current + by);
      setOver(depth.current > 0);
    };
    const enter = moved(1);
    const leave = moved(-1);
    const over = (event: DragEvent) => event.preventDefault();
    const drop = (event: DragEvent) => {
      event.preventDefault();
      depth.current = 0;
      setOver(false);
      const file = event.dataTransfer?.files[0];
      if (file) void store.openFile(file);
    };
    const listeners = { dragenter: enter, dragleave: leave, dragover: over, drop } as const;
    for (const [name, listener] of Object.entries(listeners)) window.addEventListener(name, listener as EventListener);
    return () => {
      for (const [name, listener] of Object.entries(listeners))
        window.removeEventListener(name, listener as EventListener);
    };
  }, [store]);
  return isOver;
}
