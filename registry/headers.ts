import type { IncomingMessage } from 'node:http';

/** Headers of one connection alone (RFC 9110, 7.6.1), which a proxy never passes on. */
const HOP_BY_HOP = new Set([
  'connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade',
]);
/** What only a proxy may say of a client: from the client itself it is a lie or a mistake. */
const FORWARDED = /^(forwarded|via|x-forwarded-.*|x-real-ip|x-original-.*)$/;

const BODILESS = new Set(['GET', 'HEAD']);

/** Names and values in turn, as they came. */
type RawHeaders = readonly string[];

/** Headers as pairs, without those of the connection. */
export function listEndToEnd({ rawHeaders, headers }: Pick<IncomingMessage, 'rawHeaders' | 'headers'>): [name: string, value: string][] {
  const named = new Set((headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase()));
  return pairUp(rawHeaders).filter(([name]) => !HOP_BY_HOP.has(name.toLowerCase()) && !named.has(name.toLowerCase()));
}

function pairUp(raw: RawHeaders): [name: string, value: string][] {
  return raw.flatMap((name, index): [string, string][] => (index % 2 === 0 ? [[name, raw[index + 1] ?? '']] : []));
}

/** What the door itself says of a request. */
export interface Forwarding {
  /** The client's address, as far as it is known. */
  readonly client: string;
  /** The scheme and the host that clients use. */
  readonly publicUrl: URL;
  /** What the upstream gets as `Host`; undefined: the client's own. */
  readonly host: string | undefined;
}

/** The headers of a request on its way to the registry. */
export function forwardHeaders(request: IncomingMessage, { client, publicUrl, host }: Forwarding): Record<string, string | string[]> {
  const sent: Record<string, string | string[]> = {};
  for (const [name, value] of listEndToEnd(request)) {
    const key = name.toLowerCase();
    if (FORWARDED.test(key)) continue;
    const before = sent[key];
    sent[key] = before === undefined ? value : [before, value].flat();
  }
  if (request.headers['transfer-encoding'] !== undefined) sent['transfer-encoding'] = 'chunked';
  // Without a length and without chunks there is no body; of some methods Node would send an empty chunked one.
  else if (!BODILESS.has(request.method ?? '')) sent['content-length'] ??= '0';
  return {
    ...sent,
    ...(host === undefined ? {} : { host, 'x-forwarded-host': publicUrl.host }),
    'x-forwarded-proto': publicUrl.protocol.slice(0, -1),
    'x-forwarded-for': client,
  };
}

/** Who sent a request: what the outermost trusted proxy wrote, or else the address of the connection. */
export function findClient({ headers, socket }: IncomingMessage, trustedProxies: number): string {
  const told = [headers['x-forwarded-for'] ?? []].flat().join(',').split(',').map((part) => part.trim()).filter(Boolean);
  const index = Math.max(told.length - trustedProxies, 0);
  return (trustedProxies > 0 ? told[index] : undefined) ?? socket.remoteAddress ?? '';
}
