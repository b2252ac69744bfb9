import { networkInterfaces } from 'node:os';
import ipaddr from 'ipaddr.js';
import type { Ip } from './ranges.js';

/** The addresses of this machine's interfaces now; one that a router translates to it is not among them. */
export function listOwnAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((infos) => (infos ?? []).map(({ address }) => address));
}

/** Whether the address is one of these. What cannot be read is none. */
export function isAmong(address: Ip, addresses: readonly string[]): boolean {
  const text = address.toNormalizedString();
  return addresses.some((own) => ipaddr.isValid(own) && ipaddr.process(own).toNormalizedString() === text);
}
