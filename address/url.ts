import { ForbiddenAddressError } from './errors.js';
import { isBadPort } from './ports.js';

/** A host as names are compared: lower case, without brackets and without trailing dots. */
export function normalizeHost(host: string): string {
  return host.toLowerCase().replace(/^\[(.*)\]$/, '$1').replace(/\.+$/, '');
}

/** The port that a URL is called on. */
export function getPort({ port, protocol }: Pick<URL, 'port' | 'protocol'>): number {
  return port === '' ? { 'http:': 80, 'https:': 443 }[protocol] ?? 0 : Number(port);
}

/** Host and port of a URL, for people: its path and query may hold secrets of the receiver. A row from elsewhere may hold anything. */
export function readHost(url: string): string {
  return URL.canParse(url) ? new URL(url).host : 'not a URL';
}

/** Scheme, host and port of a URL: what a call goes to. Those that are no URL go nowhere together. */
export function readOrigin(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : 'not a URL';
}

/** Longest URL that is called, in characters: the receiving side's usual limit. */
const MAX_URL = 2000;
const URL_FAULTS: readonly { reason: string; applies: (url: URL) => boolean }[] = [
  { reason: 'only http and https URLs are called', applies: ({ protocol }) => !/^https?:$/.test(protocol) },
  { reason: 'a URL with credentials is not called', applies: (url) => `${url.username}${url.password}` !== '' },
  { reason: 'the URL names no host', applies: ({ hostname }) => normalizeHost(hostname) === '' },
  { reason: 'the port belongs to another protocol', applies: (url) => isBadPort(getPort(url)) },
];

/** The URL as it will be called. @throws ForbiddenAddressError for a form that is never called. */
export function parseHookUrl(text: string): URL {
  if (text.length > MAX_URL) throw new ForbiddenAddressError(`the URL is longer than ${MAX_URL} characters`);
  if (!URL.canParse(text)) throw new ForbiddenAddressError('the text is not a URL');
  const url = new URL(text);
  const fault = URL_FAULTS.find(({ applies }) => applies(url));
  if (fault) throw new ForbiddenAddressError(fault.reason);
  return url;
}
