import { parseDuration } from './durations.js';

/** Host and port of a listening socket. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** HOST:PORT. */
export function parseAddress(text: string): Address {
  const [, host, port] = /^(\[[0-9a-fA-F:]+\]|[^:\s]+):([0-9]{1,5})$/.exec(text) ?? [];
  if (host === undefined || Number(port) > 65_535) throw new Error('write HOST:PORT, for instance 127.0.0.1:7080');
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
}

/** HOST:PORT, as it stands in a URL. */
export function formatAddress({ host, port }: Address): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** A port from 1 to 65535. @throws Error that shows the accepted form, as all here */
export function parsePort(text: string): number {
  if (!/^[0-9]{1,5}$/.test(text) || Number(text) > 65_535) throw new Error('write a port from 1 to 65535');
  return Number(text);
}

/** An http or https URL that others are shown, without a slash at its end. */
export function parsePublicUrl(text: string): string {
  const url = new URL(text);
  if (!/^https?:$/.test(url.protocol) || url.search || url.hash || url.username) {
    throw new Error('write an http or https URL without query, fragment or credentials');
  }
  return url.href.replace(/\/+$/, '');
}

/** What stands between commas. */
export function splitList(text: string): string[] {
  return text.split(',').map((entry) => entry.trim()).filter(Boolean);
}

/** Durations between commas, in milliseconds. */
export function parseDurations(text: string): number[] {
  return splitList(text).map(parseDuration);
}

/** One of these words. */
export function oneOf<const T extends string>(...values: T[]): (text: string) => T {
  return (text) => {
    const found = values.find((value) => value === text);
    if (found === undefined) throw new Error(`write one of: ${values.join(', ')}`);
    return found;
  };
}

/** The text itself. */
export const asText = (text: string): string => text;

/** A password that is long enough. */
export function parsePassword(text: string): string {
  if (text.length < 8) throw new Error('use at least 8 characters');
  return text;
}

/** Clients know a registry by host and port alone. */
export function parseOrigin(text: string): string {
  const url = new URL(parsePublicUrl(text));
  if (url.pathname !== '/') throw new Error('write an http or https URL without a path');
  return url.origin;
}

/** At least one duration. */
export function parsePauses(text: string): number[] {
  const pauses = parseDurations(text);
  if (pauses.length === 0) throw new Error('write at least one duration');
  return pauses;
}

/** A whole number from 1. */
export function parsePositive(text: string): number {
  const count = parseCount(text);
  if (count === 0) throw new Error('write a whole number from 1 to 999999');
  return count;
}

/** A whole number from 0. */
export function parseCount(text: string): number {
  if (!/^[0-9]{1,6}$/.test(text)) throw new Error('write a whole number from 0 to 999999');
  return Number(text);
}

/** A user name, as the hub takes it. */
export function parseUsername(text: string): string {
  if (!/^[a-z0-9]{2,30}$/.test(text)) throw new Error('use 2 to 30 lower-case letters and digits');
  return text;
}

/** The name of a process among those behind one proxy. */
export function parseNode(text: string): string {
  if (!/^[a-z0-9-]{1,32}$/.test(text)) throw new Error('use 1 to 32 lower-case letters, digits and hyphens');
  return text;
}

/** How long a callback may take, in milliseconds. */
export function parseCallbackTimeout(text: string): number {
  const timeout = parseDuration(text);
  if (timeout < 1000 || timeout > 30 * 86_400_000) throw new Error('use 1s to 30d');
  return timeout;
}

/** How long a callback is waited for in the process, in milliseconds; 0 is written without a unit. */
export function parseFastCallback(text: string): number {
  const patience = text === '0' ? 0 : parseDuration(text);
  if (patience > 5000) throw new Error('use 0 to 5s');
  return patience;
}

/** Where the database is. */
export function parseDatabaseUrl(text: string): string {
  if (!/^(sqlite:|postgres(ql)?:\/\/)./.test(text)) throw new Error('write sqlite:FILE or postgres://USER:PASSWORD@HOST/NAME');
  return text;
}
