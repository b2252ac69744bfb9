import { promises as dns, type LookupAddress } from 'node:dns';
import { isIP } from 'node:net';
import pLimit from 'p-limit';
import { HostLookupError, HostNotFoundError } from './errors.js';

/** Turns a host name (never a literal) into its addresses, best first. */
export type HostResolver = (host: string) => Promise<LookupAddress[]>;

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
  const { lookup = (host: string) => dns.lookup(host, { all: true }), deadline = 5000 } = options;
  return async (host) => {
    if (!host.includes('.')) return askSystem(host, lookup, deadline);
    const { addresses, codes } = await askServers(host, { ...options, deadline });
    if (addresses.length > 0) return addresses;
    const failure = codes.find((code) => !ASK_SYSTEM.has(code));
    if (failure !== undefined) throw new HostLookupError(host, failure);
    return askSystem(host, lookup, deadline);
  };
}
