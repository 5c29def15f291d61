/**
 * The page that shows the daemon in the inspector at stately.ai. That one loads from the internet, so nothing of it is
 * fetched before somebody has asked for it; what is sent to it comes from our own stream, through this page.
 */
export interface StatelyFile {
  /** Extension that stands for the content type. */
  readonly type: 'html' | 'js' | 'css';
  readonly text: string;
}

const origin = 'https://stately.ai';

/** The frame of stately.ai is all that may come from elsewhere, and nobody may put the page into a page of theirs. */
export const statelyPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  `frame-src ${origin}`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const html = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <title>kafka-pixy in the Stately inspector</title>
    <link rel="stylesheet" href="/inspect/stately.css" />
    <script type="module" src="/inspect/stately.js"></script>
  </head>
  <body>
    <main>
      <h1>Stately inspector</h1>
      <p class="story">
        This page shows the actors of this daemon in the inspector at <strong>stately.ai</strong>. It is the only page here
        that loads something from the internet, and it does so when you press the button, not before.
      </p>
      <p class="story">
        Your browser then loads <code>${origin}/inspect</code> into a frame, and tells that frame of all states and events:
        names of clusters, groups, topics and members are among them. Keys and payloads of messages are not.
      </p>
      <p class="bar"><button type="button">Connect to stately.ai</button> <span role="status"></span></p>
      <p class="story"><a href="/">The inspector of this daemon</a> shows the same, and more, without the internet.</p>
    </main>
    <iframe title="Stately inspector" referrerpolicy="no-referrer" hidden></iframe>
  </body>
</html>
`;

const script = `const stately = '${origin}';
const answersWithinMs = 15000;
const frame = document.querySelector('iframe');
const button = document.querySelector('button');
const status = document.querySelector('[role=status]');
let socket;
let patience;

const say = (text) => {
  status.textContent = text;
};

const canAgain = (text) => {
  clearTimeout(patience);
  say(text);
  button.disabled = false;
};

// Begins anew whenever the inspector in the frame does: a new stream tells of everyone who lives.
const stream = () => {
  clearTimeout(patience);
  socket?.close();
  const opened = new WebSocket('ws://' + location.host + '/inspect/stately');
  socket = opened;
  opened.onopen = () => say('Connected.');
  opened.onmessage = ({ data }) => {
    if (socket === opened) frame.contentWindow.postMessage(JSON.parse(data), stately);
  };
  opened.onclose = ({ reason }) => {
    if (socket === opened) canAgain(reason || 'The daemon does not answer any more.');
  };
};

addEventListener('message', ({ source, origin, data }) => {
  if (source === frame.contentWindow && origin === stately && data?.type === '@statelyai.connected') stream();
});

button.onclick = () => {
  button.disabled = true;
  say('Waiting for stately.ai.');
  patience = setTimeout(() => canAgain('stately.ai has not answered. This needs the internet.'), answersWithinMs);
  document.body.className = 'connected';
  frame.hidden = false;
  frame.src = stately + '/inspect';
};
`;

const style = `:root {
  color-scheme: light dark;
  font: 15px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif;
  --bg: #f7f8f9;
  --fg: #1b1f24;
  --muted: #5c6570;
  --line: #dfe3e7;
  --accent: #2457c5;
  --on-accent: #ffffff;
}
@media (prefers-color-scheme: dark) {
  :root {
    --bg: #121519;
    --fg: #e3e7ec;
    --muted: #9ca6b2;
    --line: #2b3138;
    --accent: #82aaff;
    --on-accent: #0d1522;
  }
}
body {
  margin: 0;
  min-height: 100vh;
  display: flex;
  flex-direction: column;
  background: var(--bg);
  color: var(--fg);
}
main {
  max-width: 42rem;
  padding: 24px 16px;
}
h1 {
  margin: 0;
  font-size: 20px;
}
a {
  color: var(--accent);
}
button {
  padding: 8px 14px;
  border: 0;
  border-radius: 6px;
  background: var(--accent);
  color: var(--on-accent);
  font: inherit;
  cursor: pointer;
}
button:focus-visible,
a:focus-visible {
  outline: 2px solid var(--accent);
  outline-offset: 2px;
}
button:disabled {
  opacity: 0.5;
  cursor: default;
}
[role='status'] {
  margin-left: 8px;
  color: var(--muted);
}
iframe {
  flex: 1;
  width: 100%;
  border: 0;
  border-top: 1px solid var(--line);
}
iframe[hidden] {
  display: none;
}
.connected main {
  display: flex;
  flex-wrap: wrap;
  align-items: center;
  gap: 4px 16px;
  max-width: none;
  padding: 8px 16px;
}
.connected .story {
  display: none;
}
.connected .bar {
  margin: 0;
}
`;

/** By the path that each is served at. */
export const statelyFiles: ReadonlyMap<string, StatelyFile> = new Map([
  ['/inspect/stately', { type: 'html', text: html }],
  ['/inspect/stately.js', { type: 'js', text: script }],
  ['/inspect/stately.css', { type: 'css', text: style }],
]);
