import ipaddr from 'ipaddr.js';

/** A parsed address, of either family. */
export type Ip = ipaddr.IPv4 | ipaddr.IPv6;

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
  isatap: 'an ISATAP address',
};

/** RFC 5214: any prefix, and in the interface id 0000:5efe or 0200:5efe before the IPv4 address that is meant. */
function isIsatap(address: Ip): boolean {
  if (!(address instanceof ipaddr.IPv6)) return false;
  const [, , , , flags = 0, mark] = address.parts;
  return (flags & ~0x0200) === 0 && mark === 0x5efe;
}

/** What kind of special address this is, in words; undefined for a public unicast address. */
export function describeRange(address: Ip): string | undefined {
  if (isIsatap(address)) return RANGE_WORDS['isatap'];
  const range: string = address.range();
  const name = range === 'unicast' ? ipaddr.subnetMatch(address, EXTRA_RANGES, 'unicast') : range;
  return name === 'unicast' ? undefined : (RANGE_WORDS[name] ?? `a special-purpose address (${name})`);
}
