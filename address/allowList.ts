import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import type { Ip } from './ranges.js';
import { normalizeHost } from './url.js';

/** One parsed entry of HOOKLINE_ALLOW_ADDRESSES: a network or a host, on one port or on all (undefined). */
export interface AllowEntry {
  readonly network: readonly [address: Ip, bits: number] | undefined;
  readonly host: string | undefined;
  readonly port: number | undefined;
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

/**
 * Parses what the operator allows.
 * @throws Error naming the setting and the malformed entry
 */
export function parseAllowList(texts: readonly string[]): readonly AllowEntry[] {
  try {
    return texts.map(parseAllowEntry);
  } catch (error) {
    const fault = error instanceof Error ? error.message : String(error);
    throw new Error(`HOOKLINE_ALLOW_ADDRESSES: ${fault}`, { cause: error });
  }
}

/** What a URL names: the host normalized. */
export interface Target {
  readonly host: string;
  readonly port: number;
}

/** Whether the entry allows this address, reached by this target. */
export function covers({ network, host, port }: AllowEntry, address: Ip, target: Target): boolean {
  if (port !== undefined && port !== target.port) return false;
  if (network === undefined) return host === target.host;
  return address.kind() === network[0].kind() && address.match(network[0], network[1]);
}
