import type { Page } from 'playwright-core';

/**
 * In the page: takes the time from a key's event to the frame in which its effect is drawn. The effect is there when what
 * `probe` reads is not what it was before the key; other drawings do not count. A message that is sent in the callback before
 * a frame comes when that frame was made.
 */
const stopwatch = `(() => {
  let running;
  const look = () => {
    if (!running || running.probe() === running.before) return;
    const { atMs, done } = running;
    running = undefined;
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => done(performance.now() - atMs);
      port2.postMessage(undefined);
    });
  };
  new MutationObserver(look).observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
  window.keyLatency = {
    arm(probe) {
      const read = new Function('return (' + probe + ')');
      window.keyLatency.last = new Promise((done) => {
        const onKey = ({ timeStamp }) => {
          running = { probe: read, before: read(), atMs: timeStamp, done };
          for (const type of ['input', 'keyup']) window.addEventListener(type, () => setTimeout(look), { once: true });
        };
        window.addEventListener('keydown', onKey, { capture: true, once: true });
      });
    },
  };
})()`;

/** Measures keys of one page. */
export async function keyLatencyOf(page: Page) {
  await page.evaluate(stopwatch);
  return {
    /** `probe`: an expression, read in the page, that the key changes. Rejects when it does not. Gives milliseconds. */
    async press(key: string, probe: string, maxMs = 20_000): Promise<number> {
      await page.evaluate(`window.keyLatency.arm(${JSON.stringify(probe)})`);
      await page.keyboard.press(key);
      const last = page.evaluate(`Promise.race([
        window.keyLatency.last,
        new Promise((_, reject) => setTimeout(() => reject(new Error('no effect of ' + ${JSON.stringify(key)})), ${maxMs})),
      ])`);
      return last as Promise<number>;
    },
  };
}
