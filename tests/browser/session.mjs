// session.mjs: a browser for the tests of one file, a fresh page for each test, and what goes wrong in it.
// CHROMIUM names the browser (/usr/bin/chromium).
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach } from 'node:test';
import { chromium } from 'playwright-core';

const { RIGHTFIT_URL, CHROMIUM = '/usr/bin/chromium' } = process.env;
const PATIENCE_MS = 15000;
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

let browser, context;
export let page;
export let complaints; // errors on the console and exceptions of the page

export const at = (testid, scope = page) => scope.getByTestId(testid);

// `before_load` may set up the page: routes, a clock.
export async function open({ locale, hash = '', viewport = { width: 1280, height: 900 }, before_load = async () => {} }) {
  context = await browser.newContext({ locale, viewport, reducedMotion: 'reduce' });
  context.setDefaultTimeout(PATIENCE_MS);
  page = await context.newPage();
  page.on('console', (message) => { if (message.type() === 'error') complaints.push(`${message.text()} ${message.location().url}`); });
  page.on('pageerror', (error) => complaints.push(String(error)));
  await before_load();
  await page.goto(new URL(`/${hash}`, RIGHTFIT_URL).href);
}

export async function closePage() {
  if (context) await context.close();
  context = null;
}

// Waits until one of several controls can be seen and says which.
export async function whichever(...testids) {
  const selector = testids.map((testid) => `[data-testid="${testid}"]`).join(', ');
  const first = page.locator(selector).first();
  await first.waitFor();
  return first.getAttribute('data-testid');
}

// The list of a search, not the counting of attributes after it.
const isSearch = (response) => response.url().includes('/v1/search') && !response.url().includes('fields=') && response.ok();

// The answer of the search that `act` sets off, once it is shown.
export async function searchAfter(act) {
  const [response] = await Promise.all([page.waitForResponse(isSearch), act()]);
  const answer = await response.json();
  await page.locator(`[data-testid="results"][data-query="${answer.query_id}"]`).waitFor();
  return answer;
}

export async function resultsAfter(act) {
  const answer = await searchAfter(act);
  await page.locator(`[data-testid="hits"][data-query="${answer.query_id}"]`).waitFor();
  return answer;
}

before(async () => {
  assert.ok(RIGHTFIT_URL, 'set RIGHTFIT_URL to the address of a running server');
  browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
});
after(() => browser && browser.close());
beforeEach(() => { complaints = []; });
afterEach(closePage);
