import type { Page } from 'playwright-core';

/** Tells of every error and warning of a page, and of each request that leaves its own `host`. */
export function watch(page: Page, host: string, complain: (complaint: string) => void): void {
  const hostOf = (url: string) => new URL(url).host;
  const isOwn = (url: string) => /^(data|blob):/.test(url) || hostOf(url) === host;
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complain(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => complain(`thrown: ${error.stack ?? error.message}`));
  page.on('request', (request) => {
    if (!isOwn(request.url())) complain(`request to ${request.url()}`);
  });
  page.on('websocket', (socket) => {
    if (!isOwn(socket.url())) complain(`connection to ${socket.url()}`);
  });
  page.on('response', (response) => {
    if (response.status() >= 400) complain(`${response.status()} for ${response.url()}`);
  });
  page.on('crash', () => complain('the page crashed'));
}
