import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chromium } from 'playwright-core';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { watch } from './support/complaints.js';

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

/** What is complained of until the page has come to rest. */
async function complaintsAbout(body: string, headers?: Record<string, string>): Promise<string[]> {
  const host = await serve(`<!doctype html><link rel="icon" href="data:,">${body}`, headers);
  const browser = await chromium.connect(inject('browserEndpoint'));
  try {
    const page = await browser.newPage();
    const complaints: string[] = [];
    watch(page, host, (complaint) => complaints.push(complaint));
    await page.goto(`http://${host}/`, { waitUntil: 'networkidle' });
    return complaints;
  } finally {
    await browser.close();
  }
}

describe('what a page of a test is blamed for', () => {
  it('nothing, where there is nothing', async () => {
    expect(await complaintsAbout('<p>calm</p><script>console.log("fine")</script>')).toEqual([]);
  });

  it.each([
    ['what it throws', '<script>throw new Error("boom")</script>', /thrown: .*boom/],
    ['an error that it logs', '<script>console.error("broken")</script>', /console: broken/],
    ['a file that is not there', '<img src="/missing.png">', /404 for .*missing\.png/],
    ['a request to another origin', '<img src="http://127.0.0.1:9/x.png">', /request to http:\/\/127\.0\.0\.1:9/],
    ['a stream from another origin', '<script>new WebSocket("ws://127.0.0.1:9")</script>', /connection to ws:/],
  ])('%s', async (_, body, complaint) => {
    expect(await complaintsAbout(body)).toContainEqual(expect.stringMatching(complaint));
  });

  it('what its content security policy forbids', async () => {
    const policy = { 'Content-Security-Policy': "default-src 'none'; img-src data:" };
    const complaints = await complaintsAbout('<p style="color: red">red</p><script>alert(1)</script>', policy);
    expect(complaints.filter((complaint) => complaint.includes('Content Security Policy'))).toHaveLength(2);
  });
});
