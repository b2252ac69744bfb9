import { promises as dns, type LookupAddress } from 'node:dns';
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import pLimit from 'p-limit';

type Ip = ipaddr.IPv4 | ipaddr.IPv6;

/** Turns a host name (never a literal) into its addresses, best first. */
export type HostResolver = (host: string) => Promise<LookupAddress[]>;

/** One parsed entry of HOOKLINE_ALLOW_ADDRESSES: a network or a host, on one port or on all (undefined). */
export interface AllowEntry {
  readonly network: readonly [address: Ip, bits: number] | undefined;
  readonly host: string | undefined;
  readonly port: number | undefined;
}

/** Decides which addresses may be called, at the saving of a URL and again at every connection. */
export interface AddressGuard {
  /** The URL as it will be called. @throws ForbiddenAddressError for a form that is never called. */
  parseHookUrl(text: string): URL;
  /** Why this address, reached as `host` on `port`, is refused, in words; undefined when it may be called. */
  checkAddress(address: string, host: string, port: number): string | undefined;
  /**
   * The addresses of a host or literal. One forbidden address refuses the whole set: a name that answers with a
   * public and a private address is a rebinding attempt, not a host with a good half.
   * @throws ForbiddenAddressError, HostNotFoundError, HostLookupError
   */
  resolveAllowed(host: string, port: number): Promise<LookupAddress[]>;
  /**
   * For the saving of a URL. A host that does not resolve now passes: each call checks again.
   * @throws ForbiddenAddressError
   */
  checkUrl(text: string): Promise<URL>;
}

/** The URL or address may not be called; `reason` says why, in words that a tenant may read. */
export class ForbiddenAddressError extends Error {
  readonly code = 'ADDRESS_FORBIDDEN';
  constructor(readonly reason: string) {
    super(reason);
    this.name = 'ForbiddenAddressError';
  }
}

/** The name exists nowhere, or has no address. */
export class HostNotFoundError extends Error {
  readonly code = 'HOST_NOT_FOUND';
  constructor(host: string) {
    super(`The host ${host} has no address.`);
    this.name = 'HostNotFoundError';
  }
}

/** The name servers gave no usable answer; `cause` is the resolver's code, such as ETIMEOUT or ESERVFAIL. */
export class HostLookupError extends Error {
  readonly code = 'HOST_LOOKUP_FAILED';
  constructor(host: string, override readonly cause: string) {
    super(`The name servers did not answer for the host ${host} (${cause}).`);
    this.name = 'HostLookupError';
  }
}

/**
 * What ipaddr.js 2.5 calls `unicast` and is not for us. Mapped ::ffff: is judged as the IPv4 address inside; NAT64,
 * 6to4, Teredo, 100.64/10, 198.18/15, 192.0.0/24, 240/4 and fec0::/10 are special ranges of the library already.
 */
const EXTRA_RANGES = {
  // Azure's WireServer hands out credentials from a public address.
  azure: [ipaddr.parseCIDR('168.63.129.16/32')],
  // RFC 4291 2.5.5.1, deprecated: ::127.0.0.1.
  ipv4Compatible: [ipaddr.parseCIDR('::/96')],
  // IANA has given out 2000::/3 alone: https://www.iana.org/assignments/ipv6-unicast-address-assignments
  unallocated: [ipaddr.parseCIDR('::/3'), ipaddr.parseCIDR('4000::/2'), ipaddr.parseCIDR('8000::/1')],
};

const RANGE_WORDS: Readonly<Record<string, string>> = {
  unspecified: 'an unspecified address',
  loopback: 'a loopback address',
  linkLocal: 'a link-local address',
  private: 'a private address',
  uniqueLocal: 'a private address',
  carrierGradeNat: 'a carrier-grade NAT address',
  multicast: 'a multicast address',
  broadcast: 'a broadcast address',
  reserved: 'a reserved address',
  azure: 'a cloud metadata address',
  ipv4Compatible: 'an IPv4-compatible address',
  unallocated: 'an unallocated address',
};

function describeRange(address: Ip): string | undefined {
  const range: string = address.range();
  const name = range === 'unicast' ? ipaddr.subnetMatch(address, EXTRA_RANGES, 'unicast') : range;
  return name === 'unicast' ? undefined : (RANGE_WORDS[name] ?? `a special-purpose address (${name})`);
}

/** A host as names are compared: lower case, without brackets and without trailing dots. */
export function normalizeHost(host: string): string {
  return host.toLowerCase().replace(/^\[(.*)\]$/, '$1').replace(/\.+$/, '');
}

/** Bracketed with or without a port · IPv4, network or host with or without a port · bare IPv6. */
const ENTRY_FORMS = [
  /^\[([^[\]]+)\](?::([0-9]{1,5}))?$/,
  /^([^:[\]]+)(?::([0-9]{1,5}))?$/,
  /^([^[\]]*:[^[\]]*:[^[\]]*)$/,
];
/** A host name that no URL parser takes for a number: its last label is not numeric. */
const HOST_FORM = /^(?=.{1,253}$)(?:[a-z0-9_-]{1,63}\.)*(?!(?:[0-9]+|0x[0-9a-f]*)$)[a-z0-9_-]{1,63}$/;

function parseNetwork(text: string): AllowEntry['network'] {
  const [, base = '', bits] = /^([0-9a-f:.]+)(?:\/([0-9]{1,3}))?$/i.exec(text) ?? [];
  const width = { 0: -1, 4: 32, 6: 128 }[isIP(base)] ?? -1;
  if (width < 0 || Number(bits ?? width) > width) return undefined;
  const address = ipaddr.parse(base);
  // A mapped address is judged as IPv4, so an entry in the mapped form would never match: refused, not ignored.
  return address.range() === 'ipv4Mapped' ? undefined : [address, Number(bits ?? width)];
}

/**
 * Parses one entry as operators write it: `127.0.0.0/8`, `127.0.0.0/8:9000`, `[::1/128]:9000`, `10.0.0.7`, `fd00::/8`,
 * `ci.internal`, `ci.internal:8080`.
 * @throws Error naming the entry
 */
export function parseAllowEntry(text: string): AllowEntry {
  const [, subject = '', digits] = ENTRY_FORMS.map((form) => form.exec(text)).find((found) => found !== null) ?? [];
  const network = parseNetwork(subject);
  const host = network === undefined && HOST_FORM.test(normalizeHost(subject)) ? normalizeHost(subject) : undefined;
  const port = digits === undefined ? undefined : Number(digits);
  if ((network ?? host) === undefined || port === 0 || (port ?? 0) > 65_535) {
    throw new Error(`${JSON.stringify(text)}: write CIDR, CIDR:port, [IPv6 CIDR]:port, host or host:port`);
  }
  return { network, host, port };
}

function covers({ network, host, port }: AllowEntry, address: Ip, target: { host: string; port: number }): boolean {
  if (port !== undefined && port !== target.port) return false;
  if (network === undefined) return host === target.host;
  return address.kind() === network[0].kind() && address.match(network[0], network[1]);
}

/** Longest URL that is called, in characters: the receiving side's usual limit. */
const MAX_URL = 2000;
const URL_FAULTS: readonly { reason: string; applies: (url: URL) => boolean }[] = [
  { reason: 'only http and https URLs are called', applies: ({ protocol }) => !/^https?:$/.test(protocol) },
  { reason: 'a URL with credentials is not called', applies: (url) => `${url.username}${url.password}` !== '' },
  { reason: 'the URL names no host', applies: ({ hostname }) => normalizeHost(hostname) === '' },
];

function parseHookUrl(text: string): URL {
  if (text.length > MAX_URL) throw new ForbiddenAddressError(`the URL is longer than ${MAX_URL} characters`);
  if (!URL.canParse(text)) throw new ForbiddenAddressError('the text is not a URL');
  const url = new URL(text);
  const fault = URL_FAULTS.find(({ applies }) => applies(url));
  if (fault) throw new ForbiddenAddressError(fault.reason);
  return url;
}

/** The port that a URL is called on. */
export function getPort({ port, protocol }: Pick<URL, 'port' | 'protocol'>): number {
  return port === '' ? { 'http:': 80, 'https:': 443 }[protocol] ?? 0 : Number(port);
}

/** What a guard needs to know. `allow` comes from the operator alone, never from a tenant, and wins over the ranges. */
export interface GuardOptions {
  readonly allow: readonly string[];
  readonly resolve?: HostResolver;
}

/**
 * The guard against server-side request forgery: everything that is not a public unicast address is refused.
 * @throws Error naming a malformed entry of `allow`
 */
export function createAddressGuard({ allow, resolve = createHostResolver() }: GuardOptions): AddressGuard {
  const entries = allow.map(parseAllowEntry);

  function describeAddress(text: string, host: string, port: number): string | undefined {
    // A zone id picks an interface of this machine: no public receiver needs one, and no entry can name one.
    if (text.includes('%')) return 'an address with a zone id';
    if (isIP(text) === 0) return 'not an IP address';
    const address = ipaddr.process(text);
    return entries.some((entry) => covers(entry, address, { host, port })) ? undefined : describeRange(address);
  }

  function checkAddress(address: string, host: string, port: number): string | undefined {
    const found = describeAddress(address, normalizeHost(host), port);
    return found === undefined ? undefined : `${address} is ${found}`;
  }

  async function resolveAllowed(host: string, port: number): Promise<LookupAddress[]> {
    const name = normalizeHost(host);
    const family = isIP(name);
    const addresses = family === 0 ? await resolve(name) : [{ address: name, family }];
    if (addresses.length === 0) throw new HostNotFoundError(name);
    const found = addresses.map(({ address }) => describeAddress(address, name, port)).find(Boolean);
    // A name's private address stays out of the words: tenants read them.
    if (found) throw new ForbiddenAddressError(`${name} ${family === 0 ? 'resolves to' : 'is'} ${found}`);
    return addresses;
  }

  async function checkUrl(text: string): Promise<URL> {
    const url = parseHookUrl(text);
    try {
      await resolveAllowed(url.hostname, getPort(url));
    } catch (error) {
      if (!(error instanceof HostNotFoundError || error instanceof HostLookupError)) throw error;
    }
    return url;
  }

  return { parseHookUrl, checkAddress, resolveAllowed, checkUrl };
}

/** What tests replace: name servers (`127.0.0.1:5353`), the system's lookup, the time each of the two may take (ms). */
export interface ResolverOptions {
  readonly servers?: readonly string[];
  readonly lookup?: HostResolver;
  readonly deadline?: number;
}

/** Answers of c-ares after which the system is asked too: it alone reads /etc/hosts. Never after a timeout. */
const ASK_SYSTEM: ReadonlySet<string> = new Set(['ENOTFOUND', 'ENODATA', 'ECONNREFUSED', 'EBADNAME']);
/** The system's lookup holds a thread of libuv until it ends; two of the four stay free for files and passwords. */
const limitLookups = pLimit(2);

function getCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}

/** Asks the name servers by c-ares, off the thread pool. One family missing is fine. */
async function askServers(host: string, { servers, deadline }: { servers?: readonly string[]; deadline: number }) {
  const resolver = new dns.Resolver({ timeout: 2000, tries: 2 });
  if (servers) resolver.setServers(servers);
  const timer = setTimeout(() => resolver.cancel(), deadline);
  const answers = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
  clearTimeout(timer);
  const addresses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
  const codes = answers.flatMap((answer) => (answer.status === 'rejected' ? getCode(answer.reason) : []));
  return { addresses: addresses.map((address) => ({ address, family: isIP(address) })), codes };
}

/** Asks the system, at most `deadline` ms; a lookup that is given up keeps its slot until it really ends. */
async function askSystem(host: string, lookup: HostResolver, deadline: number): Promise<LookupAddress[]> {
  const late = new AbortController();
  const expiry = new Promise<never>((_, reject) => {
    late.signal.addEventListener('abort', () => reject(new HostLookupError(host, 'ETIMEOUT')));
  });
  const timer = setTimeout(() => late.abort(), deadline);
  try {
    return await Promise.race([limitLookups(async () => (late.signal.aborted ? [] : lookup(host))), expiry]);
  } catch (error) {
    if (error instanceof HostLookupError) throw error;
    throw getCode(error) === 'ENOTFOUND' ? new HostNotFoundError(host) : new HostLookupError(host, getCode(error));
  } finally {
    clearTimeout(timer);
  }
}

/** The default resolver: name servers first; the system for single labels and names that the servers do not know. */
export function createHostResolver(options: ResolverOptions = {}): HostResolver {
  const { lookup = (host) => dns.lookup(host, { all: true }), deadline = 5000 } = options;
  return async (host) => {
    if (!host.includes('.')) return askSystem(host, lookup, deadline);
    const { addresses, codes } = await askServers(host, { ...options, deadline });
    if (addresses.length > 0) return addresses;
    const failure = codes.find((code) => !ASK_SYSTEM.has(code));
    if (failure !== undefined) throw new HostLookupError(host, failure);
    return askSystem(host, lookup, deadline);
  };
}
