import type { LookupAddress } from 'node:dns';
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { covers, parseAllowList } from './address/allowList.js';
import { ForbiddenAddressError, HostLookupError, HostNotFoundError } from './address/errors.js';
import { isAmong, listOwnAddresses } from './address/own.js';
import { describeRange } from './address/ranges.js';
import { createReceiverRule } from './address/receiver.js';
import { createHostResolver, type HostResolver } from './address/resolver.js';
import { getPort, normalizeHost, parseHookUrl } from './address/url.js';

export { parseAllowEntry } from './address/allowList.js';
export { ForbiddenAddressError, HostLookupError, HostNotFoundError } from './address/errors.js';
export { createHostResolver, type HostResolver } from './address/resolver.js';
export { getPort, normalizeHost, readHost, readOrigin } from './address/url.js';

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
  /** The token of a receiver that the hub has built in, where the URL is exactly its address: a call goes to the hub itself. */
  findReceiver(text: string): string | undefined;
}

/**
 * What a guard needs to know. `allow` comes from the operator alone, never from a tenant, and wins over the rest.
 * `own` are the addresses of this machine, public ones too: what listens on them need not be meant for all.
 */
export interface GuardOptions {
  readonly allow: readonly string[];
  readonly own?: () => readonly string[];
  readonly resolve?: HostResolver;
  /** Before the addresses of the hub's own receivers; absent: there are none. */
  readonly publicUrl?: string;
}

/** What the address is, where it may not be called; the host is normalized. */
type Judge = (address: string, host: string, port: number) => string | undefined;

/** @throws Error naming a malformed entry of `allow` */
function createJudge({ allow, own = listOwnAddresses }: GuardOptions): Judge {
  const entries = parseAllowList(allow);
  return (text, host, port) => {
    // A zone id picks an interface of this machine: no public receiver needs one, and no entry can name one.
    if (text.includes('%')) return 'an address with a zone id';
    if (isIP(text) === 0) return 'not an IP address';
    const address = ipaddr.process(text);
    if (entries.some((entry) => covers(entry, address, { host, port }))) return undefined;
    return describeRange(address) ?? (isAmong(address, own()) ? 'an address of the hub itself' : undefined);
  };
}

function guardResolver(resolve: HostResolver, judge: Judge): AddressGuard['resolveAllowed'] {
  return async (host, port) => {
    const name = normalizeHost(host);
    const family = isIP(name);
    const addresses = family === 0 ? await resolve(name) : [{ address: name, family }];
    if (addresses.length === 0) throw new HostNotFoundError(name);
    const found = addresses.map(({ address }) => judge(address, name, port)).find(Boolean);
    // A name's private address stays out of the words: tenants read them.
    if (found) throw new ForbiddenAddressError(`${name} ${family === 0 ? 'resolves to' : 'is'} ${found}`);
    return addresses;
  };
}

/**
 * The guard against server-side request forgery: everything that is not a public unicast address of another machine is
 * refused.
 * @throws Error naming a malformed entry of `allow`
 */
export function createAddressGuard(options: GuardOptions): AddressGuard {
  const { resolve = createHostResolver() } = options;
  const judge = createJudge(options);
  const resolveAllowed = guardResolver(resolve, judge);
  const findReceiver = createReceiverRule(options.publicUrl);

  function checkAddress(address: string, host: string, port: number): string | undefined {
    const found = judge(address, normalizeHost(host), port);
    return found === undefined ? undefined : `${address} is ${found}`;
  }

  async function checkUrl(text: string): Promise<URL> {
    if (findReceiver(text) !== undefined) return new URL(text);
    const url = parseHookUrl(text);
    try {
      await resolveAllowed(url.hostname, getPort(url));
    } catch (error) {
      if (!(error instanceof HostNotFoundError || error instanceof HostLookupError)) throw error;
    }
    return url;
  }

  return { parseHookUrl, checkAddress, resolveAllowed, checkUrl, findReceiver };
}
