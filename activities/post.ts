import { isIP, type Socket } from 'node:net';
import { Agent, buildConnector, type Dispatcher } from 'undici';
import { ForbiddenAddressError, getPort, normalizeHost, type AddressGuard } from '../address.js';

/** One outgoing call. The body is sent as UTF-8. */
export interface PostRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Why a call got no answer. `timeout` is the overall deadline, `connect_timeout` that of one connection. */
export type PostError =
  | 'dns_not_found' | 'dns_failed' | 'connect_refused' | 'connect_timeout' | 'connection_reset'
  | 'tls_error' | 'timeout' | 'protocol_error' | 'network_error';

/** What came back: header names in lower case, repeated ones joined by `, `; the body without NUL characters. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The body kept is not the whole: longer than the limit, or broken off. */
  readonly truncated: boolean;
}

/**
 * How a call ended. Whatever the remote does is a value: `answered` with any status (a redirect is one, and is never
 * followed), `refused` by the address guard, `failed` without a whole answer. `detail` is one sentence for people.
 */
export type PostResult = { readonly duration_ms: number } & PostOutcome;
type PostOutcome =
  | ({ readonly kind: 'answered' } & Answer)
  | { readonly kind: 'refused'; readonly detail: string }
  | ({ readonly kind: 'failed'; readonly error: PostError; readonly detail: string } & Partial<Answer>);

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
  readonly deadline?: number;
  readonly maxBody?: number;
}

/**
 * Node's error codes (nodejs.org/api/errors.html, /api/tls.html#x509-certificate-error-codes), undici's and our own.
 * Without `detail` the error's message is one already.
 */
const FAULTS: readonly { codes: RegExp; error: PostError; detail?: string }[] = [
  { codes: /^HOST_NOT_FOUND$/, error: 'dns_not_found' },
  { codes: /^HOST_LOOKUP_FAILED$/, error: 'dns_failed' },
  { codes: /^DEADLINE$/, error: 'timeout' },
  { codes: /^ECONNREFUSED$/, error: 'connect_refused', detail: 'The connection was refused' },
  { codes: /^(UND_ERR_CONNECT_TIMEOUT|ETIMEDOUT)$/, error: 'connect_timeout', detail: 'No connection in time' },
  {
    codes: /^(ECONNRESET|ECONNABORTED|EPIPE|UND_ERR_SOCKET)$/,
    error: 'connection_reset',
    detail: 'The connection broke off',
  },
  {
    codes: /^(HPE_|HTTPParserError$|UND_ERR_(HEADERS_OVERFLOW|RES_))/,
    error: 'protocol_error',
    detail: 'The answer is not valid HTTP',
  },
  {
    codes: /^(EPROTO$|ERR_(TLS|SSL|OSSL)_|CERT_|CRL_|UNABLE_TO_|(DEPTH_ZERO_)?SELF_|ERROR_IN_|INVALID_|PATH_|HOSTNAME)/,
    error: 'tls_error',
    detail: 'TLS could not be set up',
  },
  { codes: /./, error: 'network_error', detail: 'The call failed' },
];
/** Faults of ours: thrown, never recorded as the receiver's. */
const OUR_FAULTS = /^(UND_ERR_(INVALID_ARG|NOT_SUPPORTED|CLOSED|DESTROYED|REQ_)|$)/;
/** After these the next address of the set is tried. */
const TRY_NEXT: ReadonlySet<string> = new Set([
  'ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL', 'ETIMEDOUT', 'UND_ERR_CONNECT_TIMEOUT',
]);
/** More addresses of one name are not tried: the deadline is for all of them. */
const MAX_ADDRESSES = 4;
/** Milliseconds after which a connection is made anew, so that the name is resolved and checked again. */
const CONNECTION_LIFE = 60_000;
/** Bytes of answer headers; beyond it the call fails as `protocol_error`. */
const MAX_HEADERS = 16_384;

/** An error that is classed by its code, as Node's own are. */
class CallError extends Error {
  constructor(readonly code: 'DEADLINE' | 'ECONNRESET', message: string) {
    super(message);
    this.name = 'CallError';
  }
}

/** Empty for an error that is no fault of a call. undici 7 leaves the code of its HTTPParserError undefined. */
function getCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code ?? error.name) : '';
}

/** A signal that aborts after `ms` with the code DEADLINE; `clear` must be called. */
function startDeadline(ms: number): { signal: AbortSignal; clear: () => void } {
  const controller = new AbortController();
  const error = new CallError('DEADLINE', `The call did not end within ${ms} ms.`);
  const timer = setTimeout(() => controller.abort(error), ms);
  return { signal: controller.signal, clear: () => clearTimeout(timer) };
}

/** Settles as `work` does, or rejects with the signal's reason where that comes first. */
function raceSignal<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    work.then(resolve, reject);
  });
}

type Connect = (options: buildConnector.Options) => Promise<Socket>;

/** The socket itself must show an address that may be called, whatever lies between the check and the kernel. */
function verifyPeer(socket: Socket, guard: AddressGuard, options: buildConnector.Options): Socket {
  const { remoteAddress } = socket;
  // Undefined: the other side is gone again already.
  const reason = remoteAddress && guard.checkAddress(remoteAddress, options.hostname, getPort(options));
  if (remoteAddress !== undefined && !reason) return socket;
  socket.destroy();
  throw reason ? new ForbiddenAddressError(reason) : new CallError('ECONNRESET', 'the socket is closed');
}

/** Connects to the first address that answers; every one of them was checked, the host itself is never connected to. */
async function openSocket(guard: AddressGuard, options: buildConnector.Options, connect: Connect): Promise<Socket> {
  const addresses = await guard.resolveAllowed(options.hostname, getPort(options));
  // TLS is set up for the name, not for the address; a name in TLS has no trailing dot (RFC 6066 section 3).
  const name = normalizeHost(options.hostname);
  const target = isIP(name) === 0 ? { ...options, servername: name } : options;
  let failure: unknown;
  for (const { address } of addresses.slice(0, MAX_ADDRESSES)) {
    try {
      return verifyPeer(await connect({ ...target, hostname: address }), guard, options);
    } catch (error) {
      failure = error;
      if (!TRY_NEXT.has(getCode(error))) break;
    }
  }
  throw failure;
}

/**
 * undici's connector behind the guard. Literals come here too, where a `lookup` option would never see them.
 * It keeps the deadline itself: undici hears an abort only once the connection stands.
 */
function createConnector(guard: AddressGuard, deadline: number): buildConnector.connector {
  const open = buildConnector({ timeout: Math.ceil(deadline / 3) });
  return (options, callback) => {
    const { signal, clear } = startDeadline(deadline);
    const connect: Connect = (target) => new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      open(target, (error, socket) => {
        if (error !== null) return reject(error);
        if (signal.aborted) socket.destroy();
        resolve(socket);
      });
    });
    raceSignal(openSocket(guard, options, connect), signal)
      .finally(clear)
      .then((socket) => callback(null, socket), (error) => callback(error, null));
  };
}

/** Names in lower case. `host` stays undici's: it would also choose the TLS name. No compression: no bombs. */
function buildHeaders(headers: PostRequest['headers']): Record<string, string> {
  const lowered = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  return { ...Object.fromEntries(lowered.filter(([name]) => name !== 'host')), 'accept-encoding': 'identity' };
}

/** PostgreSQL's text and jsonb refuse NUL. */
function stripNul(text: string): string {
  return text.replaceAll('\0', '');
}

function flattenHeaders(headers: Dispatcher.ResponseData['headers']): Record<string, string> {
  const flat = Object.entries(headers).map(([name, value]) => [name, [value ?? ''].flat().join(', ')] as const);
  return Object.fromEntries(flat.map(([name, value]) => [name, stripNul(value)]));
}

/** What has arrived so far, kept outside the call so that it survives the call's failure. */
class Arrival {
  private response: Dispatcher.ResponseData | undefined;
  private readonly chunks: Buffer[] = [];
  private truncated = true;

  /** Reads to the end, or to `limit` bytes: then the stream, and with it the socket, is destroyed. */
  async read(response: Dispatcher.ResponseData, limit: number): Promise<Answer> {
    this.response = response;
    let room = limit;
    for await (const chunk of response.body as AsyncIterable<Buffer>) {
      this.chunks.push(chunk.subarray(0, room));
      if (chunk.length > room) return this.describe(response);
      room -= chunk.length;
    }
    this.truncated = false;
    return this.describe(response);
  }

  /** Undefined before the status has come. */
  get answer(): Answer | undefined {
    return this.response && this.describe(this.response);
  }

  /** A character that was cut in two is left out. */
  private describe({ statusCode, headers }: Dispatcher.ResponseData): Answer {
    const { truncated } = this;
    const body = stripNul(new TextDecoder().decode(Buffer.concat(this.chunks), { stream: truncated }));
    return { status: statusCode, headers: flattenHeaders(headers), body, truncated };
  }
}

/** A broken body does not undo its status; a deadline does, since the receiver did not finish in time. */
function describeFailure(failure: unknown, answer: Answer | undefined): PostOutcome {
  if (failure instanceof ForbiddenAddressError) return { kind: 'refused', detail: failure.reason };
  const code = getCode(failure);
  const fault = FAULTS.find(({ codes }) => codes.test(code));
  if (!(failure instanceof Error) || fault === undefined || OUR_FAULTS.test(code)) throw failure;
  if (answer !== undefined && fault.error !== 'timeout') return { kind: 'answered', ...answer };
  const detail = fault.detail === undefined ? failure.message : `${fault.detail} (${code}).`;
  return { kind: 'failed', error: fault.error, detail, ...answer };
}

/**
 * The guarded HTTP client: checked addresses alone, no redirects, no proxy from the environment, no cookies, no
 * decompression, and one deadline over all of a call. A pooled socket stays pinned to the address that was checked.
 */
export function createPoster({ guard, deadline = 15_000, maxBody = 65_536 }: PosterOptions): Poster {
  const agent = new Agent({
    connect: createConnector(guard, deadline),
    maxHeaderSize: MAX_HEADERS,
    // Both count from byte to byte; the deadline alone bounds a call.
    headersTimeout: 0,
    bodyTimeout: 0,
    clientTtl: CONNECTION_LIFE,
    keepAliveMaxTimeout: CONNECTION_LIFE,
  });

  async function exchange({ url, headers, body }: PostRequest, arrival: Arrival, signal: AbortSignal): Promise<Answer> {
    const { origin, pathname, search } = guard.parseHookUrl(url);
    const target = { origin, path: pathname + search, method: 'POST' } as const;
    const response = agent.request({ ...target, headers: buildHeaders(headers), body, signal });
    // The connector ends in time and undici hears the signal after it: this race is the belt to those braces.
    return arrival.read(await raceSignal(response, signal), maxBody);
  }

  async function post(request: PostRequest): Promise<PostResult> {
    const started = performance.now();
    const measure = () => ({ duration_ms: Math.round(performance.now() - started) });
    const arrival = new Arrival();
    const { signal, clear } = startDeadline(deadline);
    try {
      const answer = await exchange(request, arrival, signal);
      return { kind: 'answered', ...answer, ...measure() };
    } catch (error) {
      return { ...describeFailure(error, arrival.answer), ...measure() };
    } finally {
      clear();
    }
  }

  let closing: Promise<void> | undefined;
  return { post, close: () => (closing ??= agent.close()) };
}
