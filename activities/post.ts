import { Agent } from 'undici';
import type { AddressGuard } from '../address.js';
import { createConnector } from './connector.js';
import { Arrival } from './postArrival.js';
import { raceDeadline, startDeadline, type Deadline } from './postDeadline.js';
import { describeFailure } from './postFaults.js';
import type { Answer, PostResult } from './postResult.js';

export type { PostResult } from './postResult.js';

/** One outgoing call. The body is sent as UTF-8. */
export interface PostRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The one way out of the house. */
export interface Poster {
  /** @throws only for a fault of ours: a closed poster, a header that cannot be sent. */
  post(request: PostRequest): Promise<PostResult>;
  /** Waits for the calls under way, each of them bounded by the deadline. */
  close(): Promise<void>;
}

/** `deadline`: milliseconds for name, connection, headers and body together. `maxBody`: bytes of an answer kept. */
export interface PosterOptions {
  readonly guard: AddressGuard;
  /** The origin at which the hub itself listens, for the receivers that it has built in; absent: none is called. */
  readonly hub?: string;
  readonly deadline?: number;
  readonly maxBody?: number;
}

/** Milliseconds after which a connection is made anew, so that the name is resolved and checked again. */
const CONNECTION_LIFE = 60_000;
/** Bytes of answer headers; beyond it the call fails as `protocol_error`. */
const MAX_HEADERS = 16_384;

/** Names in lower case. `host` stays undici's: it would also choose the TLS name. No compression: no bombs. */
function buildHeaders(headers: PostRequest['headers']): Record<string, string> {
  const lowered = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  return { ...Object.fromEntries(lowered.filter(([name]) => name !== 'host')), 'accept-encoding': 'identity' };
}

function createAgent(guard: AddressGuard, deadline: number): Agent {
  return new Agent({
    connect: createConnector(guard, deadline),
    maxHeaderSize: MAX_HEADERS,
    // Both count from byte to byte; the deadline alone bounds a call.
    headersTimeout: 0,
    bodyTimeout: 0,
    clientTtl: CONNECTION_LIFE,
    keepAliveMaxTimeout: CONNECTION_LIFE,
  });
}

/** The way out behind the guard, and the way to the hub itself, which is where it is configured to be. */
interface Agents {
  readonly agent: Agent;
  readonly own: Agent;
}

function readTarget(guard: AddressGuard, url: string): { origin: string; path: string } {
  const { origin, pathname, search } = guard.parseHookUrl(url);
  return { origin, path: pathname + search };
}

/** One attempt under a deadline; what came is in `arrival` also when it fails. */
type Exchange = (request: PostRequest, arrival: Arrival, deadline: Deadline) => Promise<Answer>;

function createExchange({ agent, own }: Agents, { guard, hub }: PosterOptions, maxBody: number): Exchange {
  return async ({ url, headers, body }, arrival, deadline) => {
    const token = hub === undefined ? undefined : guard.findReceiver(url);
    const chosen = token === undefined || hub === undefined ? { by: agent, ...readTarget(guard, url) } : { by: own, origin: hub, path: `/receive/${token}` };
    const { by, ...target } = chosen;
    const response = by.request({ ...target, method: 'POST', headers: buildHeaders(headers), body, signal: deadline.signal });
    // The connector ends in time and undici hears the signal after it: this race is the belt to those braces.
    return arrival.read(await raceDeadline(response, deadline), maxBody);
  };
}

/**
 * The guarded HTTP client: checked addresses alone, no redirects, no proxy from the environment, no cookies, no
 * decompression, and one deadline over all of a call. A pooled socket stays pinned to the address that was checked.
 */
export function createPoster(options: PosterOptions): Poster {
  const { guard, deadline: ms = 15_000, maxBody = 65_536 } = options;
  const agent = createAgent(guard, ms);
  const own = new Agent({ connect: { timeout: Math.ceil(ms / 3) }, maxHeaderSize: MAX_HEADERS, headersTimeout: 0, bodyTimeout: 0 });
  const exchange = createExchange({ agent, own }, options, maxBody);

  async function post(request: PostRequest): Promise<PostResult> {
    const started = performance.now();
    const measure = () => ({ duration_ms: Math.round(performance.now() - started) });
    const arrival = new Arrival();
    const deadline = startDeadline(ms);
    try {
      return { kind: 'answered', ...(await exchange(request, arrival, deadline)), ...measure() };
    } catch (error) {
      return { ...describeFailure(error, arrival.answer), ...measure() };
    } finally {
      deadline.clear();
    }
  }

  let closing: Promise<void> | undefined;
  return { post, close: () => (closing ??= Promise.all([agent.close(), own.close()]).then(() => undefined)) };
}
