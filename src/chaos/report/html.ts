import type { ChaosResult } from '../result.js';
import { counted } from './format.js';
import { hoverScript, hoverScriptDigest } from './html/hover-script.js';
import { runHtml } from './html/run-section.js';
import { style } from './html/style.js';
import { escaped } from './markup.js';
import { summaryOf } from './terminal.js';

/** Nothing is loaded and nobody is asked; only the page's own script runs, whatever a script of chaos or a daemon says. */
const policy = [
  "default-src 'none'",
  `script-src '${hoverScriptDigest}'`,
  "style-src 'unsafe-inline'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/** Runs as one page, a single file that needs nothing else: pictures and tables without a script, values under the pointer with it. */
export function htmlReport(results: readonly ChaosResult[]): string {
  const failed = results.filter(({ verdict }) => !verdict.passed).length;
  const title = `${failed > 0 ? 'FAILED' : 'PASSED'}: ${results.length === 1 ? results[0]!.script.title : counted(results.length, 'chaos script')}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
<meta name="color-scheme" content="light dark" />
<meta http-equiv="Content-Security-Policy" content="${escaped(policy)}" />
<title>${escaped(title)}</title>
<style>${style}</style>
</head>
<body>
<header><h1 class="brand"><strong>kafka-pixy</strong> <span class="muted">chaos report</span></h1>${results.length > 1 ? overviewHtml(results, failed) : ''}</header>
<main>
${results.map((result, at) => runHtml(result, idOf(at))).join('\n')}
</main>
<script>${hoverScript}</script>
</body>
</html>
`;
}

const idOf = (at: number): string => `run-${at + 1}`;

function overviewHtml(results: readonly ChaosResult[], failed: number): string {
  const text =
    failed === 0
      ? `All ${counted(results.length, 'run')} passed.`
      : `${failed} of ${counted(results.length, 'run')} failed.`;
  const head = ['Script', 'Verdict', 'Posts', 'Deliveries', 'Came again', 'Slowest back', 'Slowest takeover', 'Took'];
  const rows = results.map((result, at) => {
    const [script, , ...numbers] = summaryOf(result);
    const { passed } = result.verdict;
    const verdict = `<td class="${passed ? 'ok' : 'bad'}">${passed ? '✓ passed' : '✗ failed'}</td>`;
    const cells = numbers.map((cell) => `<td class="number">${escaped(cell)}</td>`).join('');
    return `<tr><td><a href="#${idOf(at)}">${escaped(script!)}</a></td>${verdict}${cells}</tr>`;
  });
  const heads = head.map((name, at) => `<th scope="col"${at > 1 ? ' class="number"' : ''}>${name}</th>`).join('');
  return `<nav class="panel" aria-label="Runs"><h3>${escaped(text)}</h3><div class="scroll"><table><thead><tr>${heads}</tr></thead><tbody>${rows.join('')}</tbody></table></div></nav>`;
}
