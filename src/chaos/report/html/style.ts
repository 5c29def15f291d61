/** The look of the page; colours, sizes and fonts are those of the inspector. */
export const style = `
:root {
  color-scheme: light dark;
  --bg: #f7f8f9; --panel: #fff; --raised: #f0f2f4; --fg: #1b1f24; --muted: #5c6570; --line: #dfe3e7;
  --accent: #2457c5; --accent-soft: #e6edfb;
  --ok: #0a7a63; --ok-soft: #dff2ed; --wait: #95600a; --wait-soft: #fbeed3; --bad: #bb3216; --bad-soft: #fbe4de;
  --idle: #666f7a; --fault: #e09112;
  --daemon-1: #2a78b5; --daemon-2: #e09112; --daemon-3: #16957a; --daemon-4: #c0679a;
  --daemon-5: #5fb0dd; --daemon-6: #cf5a1d; --daemon-7: #7c63b4; --daemon-8: #948d1c;
  --font: system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif;
  --mono: ui-monospace, 'SF Mono', 'Cascadia Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace;
  --labels: 214px;
}
@media (prefers-color-scheme: dark) {
  :root {
    --bg: #121519; --panel: #191d22; --raised: #22272e; --fg: #e3e7ec; --muted: #9ca6b2; --line: #2b3138;
    --accent: #82aaff; --accent-soft: #1f2c47;
    --ok: #4cc6a6; --ok-soft: #143530; --wait: #efb54a; --wait-soft: #3a2d12; --bad: #ff8163; --bad-soft: #442018;
    --idle: #8f99a5; --fault: #f0ac3d;
    --daemon-1: #58a6e0; --daemon-2: #f0ac3d; --daemon-3: #38bb9c; --daemon-4: #dc8fbb;
    --daemon-5: #8accf0; --daemon-6: #f0804a; --daemon-7: #a690dc; --daemon-8: #c2ba4a;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--bg); color: var(--fg); font: 13px/1.45 var(--font); -webkit-font-smoothing: antialiased; }
header, main { max-width: 1240px; margin: 0 auto; padding: 0 16px; }
header { padding-top: 12px; }
.brand { margin: 0; font-size: 13px; font-weight: 400; }
.muted, .note-line, .detail { color: var(--muted); }
.mono, pre { font-family: var(--mono); font-size: 12px; }
h2 { margin: 0; font-size: 19px; line-height: 1.3; font-weight: 600; text-wrap: balance; }
h3 { margin: 0; padding: 10px 14px 6px; font-size: 13px; font-weight: 600; }
a { color: var(--accent); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; border-radius: 3px; }
.panel { margin: 12px 0; border: 1px solid var(--line); border-radius: 6px; background: var(--panel); overflow: clip; }
.panel > p, .panel > ul, .panel > pre { margin: 0; padding: 0 14px 10px; }
.panel > ul { padding-left: 30px; }
.note-line { margin: 0; padding: 0 14px 8px; max-width: 90ch; }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; }
th, td { padding: 5px 14px; text-align: left; vertical-align: top; border-top: 1px solid var(--line); }
th { color: var(--muted); font-weight: 500; white-space: nowrap; }
td { overflow-wrap: anywhere; min-width: 7ch; }
td.number, th.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
td.mono { min-width: 16ch; }
td.ok { color: var(--ok); white-space: nowrap; }
td.bad { color: var(--bad); }
td.wait { color: var(--wait); }
tr:target { background: var(--bad-soft); }
.run { margin: 22px 0 40px; scroll-margin-top: 8px; }
.about { margin: 4px 0 10px; color: var(--muted); overflow-wrap: anywhere; }
.verdict { display: flex; flex-wrap: wrap; gap: 4px 14px; align-items: baseline; margin: 0; padding: 10px 14px; border: 1px solid var(--line); border-left: 4px solid; border-radius: 6px; background: var(--panel); }
.verdict.passed { border-left-color: var(--ok); }
.verdict.failed { border-left-color: var(--bad); }
.word { padding: 2px 9px; border-radius: 999px; font-weight: 700; letter-spacing: 0.03em; }
.passed .word { background: var(--ok-soft); color: var(--ok); }
.failed .word { background: var(--bad-soft); color: var(--bad); }
.verdict b { font-size: 15px; font-weight: 600; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(130px, 1fr)); gap: 8px; margin: 12px 0; }
.facts div { padding: 8px 12px; border: 1px solid var(--line); border-radius: 6px; background: var(--panel); }
.facts dt { color: var(--muted); }
.facts dd { margin: 0; font-size: 17px; font-weight: 600; font-variant-numeric: tabular-nums; }
.facts dd small { display: block; font-size: 11.5px; font-weight: 400; color: var(--muted); }
.timeline { position: relative; margin: 12px 0; padding: 8px 14px 12px; border: 1px solid var(--line); border-radius: 6px; background: var(--panel); }
.timeline > h3 { padding: 2px 0 6px; }
.rows { position: relative; }
.row { position: relative; display: grid; grid-template-columns: var(--labels) minmax(0, 1fr); align-items: center; border-top: 1px solid var(--line); }
.row.owners + .row.owners, .row.time + .row { border-top: 0; }
.row:hover .label { color: var(--accent); }
.label { padding: 2px 12px 2px 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-weight: 500; }
.lag .label, .latency .label { white-space: normal; overflow-wrap: anywhere; }
.owners .label { font-family: var(--mono); font-size: 11.5px; font-weight: 400; padding: 0 12px 0 14px; }
.label .detail { display: block; overflow: hidden; text-overflow: ellipsis; font-size: 11px; font-weight: 400; }
.group-head { padding: 8px 0 2px; border-top: 1px solid var(--line); font-weight: 500; }
.plot { display: block; overflow: hidden; }
.violations .plot, .owners .plot { overflow: visible; }
.over { position: absolute; inset: 0 0 0 var(--labels); pointer-events: none; }
.bands { position: absolute; inset: 0; }
.band { fill: var(--fault); fill-opacity: 0.1; }
.drain { fill: var(--idle); fill-opacity: 0.09; }
.load-end, .drain-begin { stroke: var(--muted); stroke-dasharray: 4 3; }
.drain-begin { stroke-dasharray: 1 3; }
svg text { fill: var(--fg); font: 11px var(--font); }
.tick line { stroke: var(--line); }
.tick text { fill: var(--muted); font: 10px var(--mono); }
.fault .bar { fill: color-mix(in srgb, var(--fault) 75%, var(--panel)); stroke: var(--fault); }
.recovery .bar { fill: color-mix(in srgb, var(--ok) 55%, var(--panel)); stroke: var(--ok); }
.recovery.late .bar { fill: color-mix(in srgb, var(--bad) 55%, var(--panel)); stroke: var(--bad); }
.recovery.unjudged .bar { fill: var(--raised); stroke: var(--idle); }
.recovery .limit { fill: none; stroke: var(--muted); stroke-dasharray: 2 2; }
.recovery .limit-end { fill: var(--muted); }
.violation path { fill: var(--bad); }
.violation:hover path { stroke: var(--fg); }
.area { fill: var(--accent); fill-opacity: 0.22; }
.line { fill: none; stroke: var(--accent); stroke-width: 1.4px; vector-effect: non-scaling-stroke; }
.well { fill: color-mix(in srgb, var(--accent) 45%, var(--panel)); }
.refused { fill: var(--fault); }
.unknown { fill: var(--bad); }
.line.p50 { stroke-width: 2px; }
.line.p99 { stroke: var(--fault); }
.line.max { stroke: var(--bad); stroke-width: 1px; stroke-dasharray: 2 2; }
.grid { stroke: var(--line); }
.plot .note { fill: var(--muted); font: 10px var(--mono); paint-order: stroke; stroke: var(--panel); stroke-width: 2px; }
.claims { fill: color-mix(in srgb, var(--daemon) 62%, var(--panel)); }
.deliveries { fill: color-mix(in srgb, var(--daemon) 45%, var(--panel)); stroke: var(--daemon); stroke-width: 0.5px; }
.owners text { font-size: 10.5px; font-weight: 600; }
${[1, 2, 3, 4, 5, 6, 7, 8].map((at) => `.daemon-${at} { --daemon: var(--daemon-${at}); }`).join('\n')}
.daemon-other { --daemon: var(--idle); }
.gap rect { fill: var(--bad); }
.gap text { fill: var(--bad); font-size: 10px; font-weight: 700; }
.cross { position: absolute; top: 0; bottom: 0; width: 1px; background: var(--fg); opacity: 0.6; pointer-events: none; }
.tip { position: absolute; z-index: 2; max-width: min(430px, 92vw); padding: 8px 11px; border: 1px solid var(--line); border-radius: 6px; background: var(--panel); box-shadow: 0 8px 30px rgb(0 0 0 / 22%); pointer-events: none; font-size: 12px; }
.tip dl { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 1px 10px; margin: 3px 0 0; }
.tip dt { color: var(--muted); }
.tip dd { margin: 0; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.tip .here { color: var(--accent); font-weight: 600; }
.scrub { display: grid; grid-template-columns: var(--labels) minmax(0, 1fr); align-items: center; color: var(--muted); }
.scrub[hidden], .cross[hidden], .tip[hidden] { display: none; }
.scrub input { width: 100%; margin: 2px 0; accent-color: var(--accent); }
.legend { display: flex; flex-wrap: wrap; gap: 3px 16px; margin: 10px 0 0; padding: 0; color: var(--muted); list-style: none; }
.legend svg { margin-right: 6px; vertical-align: -2px; }
nav ul { display: flex; flex-wrap: wrap; gap: 4px 16px; margin: 8px 0 0; padding: 0; list-style: none; }
details { margin: 12px 0; }
summary { cursor: pointer; color: var(--accent); }
@media (max-width: 700px) {
  :root { --labels: 0px; }
  header, main { padding: 0 10px; }
  .timeline { padding: 8px 10px 12px; }
  .row, .scrub { display: block; }
  .label { padding: 3px 0 1px; }
  .owners .label { padding: 3px 0 0; }
  .label .detail { display: inline; margin-left: 8px; }
  .tick.odd text { display: none; }
  th, td { padding: 5px 9px; }
  .row.recoveries text { display: none; }
  .row.faults text { font-size: 10px; }
}
@media print {
  .scrub { display: none; }
  .panel, .timeline { break-inside: avoid; }
}
`;
