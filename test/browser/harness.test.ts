import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { watch } from './support/complaints.js';

const soon = { timeout: 20_000, interval: 20 };
let server: Server | undefined;

async function serve(body: string, headers: Record<string, string> = {}): Promise<string> {
  server = createServer((request, response) => {
    response.writeHead(request.url === '/' ? 200 : 404, { 'Content-Type': 'text/html', ...headers }).end(body);
  });
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((resolve) => server?.close(resolve));
});

let browser: Browser;
beforeAll(async () => {
  browser = await chromium.connect(inject('browserEndpoint'));
});
afterAll(() => browser.close());

/** What is complained of, as it comes. */
async function complaintsAbout(body: string, headers?: Record<string, string>): Promise<readonly string[]> {
  const host = await serve(`<!doctype html><link rel="icon" href="data:,">${body}`, headers);
  const page = await browser.newPage();
  const complaints: string[] = [];
  watch(page, host, (complaint) => complaints.push(complaint));
  await page.goto(`http://${host}/`);
  return complaints;
}

describe('what a page of a test is blamed for', () => {
  it('nothing, where there is nothing', async () => {
    const complaints = await complaintsAbout('<p>calm</p><script>console.log("fine")</script>');
    expect(complaints).toEqual([]);
  });

  it.each([
    ['what it throws', '<script>throw new Error("boom")</script>', /thrown: .*boom/],
    ['an error that it logs', '<script>console.error("broken")</script>', /console: broken/],
    ['a file that is not there', '<img src="/missing.png">', /404 for .*missing\.png/],
    ['a request to another origin', '<img src="http://127.0.0.1:9/x.png">', /request to http:\/\/127\.0\.0\.1:9/],
    ['a stream from another origin', '<script>new WebSocket("ws://127.0.0.1:9")</script>', /connection to ws:/],
  ])('%s', async (_, body, complaint) => {
    const complaints = await complaintsAbout(body);
    await expect.poll(() => complaints, soon).toContainEqual(expect.stringMatching(complaint));
  });

  it('what its content security policy forbids', async () => {
    const policy = { 'Content-Security-Policy': "default-src 'none'; img-src data:" };
    const complaints = await complaintsAbout('<p style="color: red">red</p><script>alert(1)</script>', policy);
    const ofPolicy = () => complaints.filter((complaint) => complaint.includes('Content Security Policy'));
    await expect.poll(ofPolicy, soon).toHaveLength(2);
  });
});
