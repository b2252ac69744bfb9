import type { Browser, BrowserContext, Page } from 'playwright-core';
import { startBrowser } from '../helpers/browser.js';
import { startHub, type Hub, type HubOptions, type Owner } from '../helpers/hub.js';
import type { Api } from '../e2e/api.js';

/** The administrator of every hub of these tests. */
export const PASSWORD = 'correct horse battery';
/** The machine is shared: a page may take its time. Milliseconds. */
const PATIENCE_MS = 60_000;

/** A hub as users run it, with the pages, and a browser. */
export interface Site {
  readonly hub: Hub;
  readonly api: Api;
  readonly browser: Browser;
  /** A new visitor in a browser of their own; signed in where a name is given. Whatever goes wrong in the page is noted in `faults`. */
  visit(options?: VisitOptions): Promise<Visit>;
}

export interface VisitOptions {
  readonly as?: string;
  readonly context?: NonNullable<Parameters<Browser['newContext']>[0]>;
}

export interface Visit {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors that the page threw, that the console told of, and what its policy refused. */
  readonly faults: string[];
  /** Addresses that it asked for, of whatever host. */
  readonly requests: string[];
  /** Opens an address of the hub and waits until the page is drawn and nothing is loading. */
  go(path: string): Promise<void>;
}

/** Starts a hub and a browser; both end with the test. */
export async function startSite(t: Owner, options: HubOptions = {}): Promise<Site> {
  const hub = await startHub(t, { ...options, env: { HOOKLINE_SIGNUP: 'open', ...options.env } });
  const browser = await startBrowser(t);
  return { hub, api: hub.api, browser, visit: (options) => visit(hub.url, browser, options) };
}

async function visit(url: string, browser: Browser, { as, context: wishes }: VisitOptions = {}): Promise<Visit> {
  const context = await browser.newContext({ baseURL: url, locale: 'en-GB', timezoneId: 'UTC', ...wishes });
  context.setDefaultTimeout(PATIENCE_MS);
  if (as !== undefined) await signIn(context, as);
  const page = await context.newPage();
  const [faults, requests]: [string[], string[]] = [[], []];
  page.on('pageerror', (error) => void faults.push(String(error)));
  // An answer that is an error is told on the console too; what comes of it is the pages' to show.
  page.on('console', (message) => {
    if (message.type() === 'error' && !/^Failed to load resource/.test(message.text())) faults.push(message.text());
  });
  page.on('request', (request) => void requests.push(request.url()));
  const go = async (path: string) => {
    await page.goto(path);
    await settle(page);
  };
  return { page, context, faults, requests, go };
}

/** Signs in as the pages do: what counts from then on is the cookie. */
async function signIn(context: BrowserContext, username: string): Promise<void> {
  const answer = await context.request.post('/v2/session', { headers: { 'X-Hookline-Request': '1' }, data: { username, password: PASSWORD } });
  if (!answer.ok()) throw new Error(`signing in as ${username} was answered ${answer.status()}: ${await answer.text()}`);
}

/** Waits until a page has its heading and nothing in it is loading. */
export async function settle(page: Page): Promise<void> {
  await page.locator('main :is(h1, h2)').first().waitFor({ state: 'attached' });
  await page.locator('main:not(:has(.waiting))').waitFor();
}
