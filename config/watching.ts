import type { Reader } from './reader.js';
import { asText, parseAddress, type Address } from './values.js';

/** Where metrics and traces go; all of it is off where nothing is set. */
export function readWatching(settings: Reader) {
  const metricsAddress = settings.optional('HOOKLINE_METRICS_ADDRESS', parseAddress);
  const metricsToken = settings.optional('HOOKLINE_METRICS_TOKEN', parseToken);
  if (metricsAddress && !isLoopback(metricsAddress) && metricsToken === undefined) {
    settings.faults.push('HOOKLINE_METRICS_ADDRESS: outside loopback HOOKLINE_METRICS_TOKEN must be set too');
  }
  return {
    metricsAddress,
    metricsToken,
    temporalMetricsAddress: settings.optional('HOOKLINE_TEMPORAL_METRICS_ADDRESS', parseLoopback),
    tracing: readTracing(settings),
  };
}

/** The names that every program with OpenTelemetry knows. */
function readTracing(settings: Reader) {
  const endpoint = settings.optional('OTEL_EXPORTER_OTLP_ENDPOINT', parseEndpoint);
  const headers = settings.read('OTEL_EXPORTER_OTLP_HEADERS', '', parseHeaders);
  const serviceName = settings.read('OTEL_SERVICE_NAME', 'hookline', asText);
  return endpoint === undefined ? undefined : { endpoint, headers, serviceName };
}

function isLoopback({ host }: Address): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.[0-9]{1,3}){3}$/.test(host);
}

/** The SDK's own listener asks nobody who they are. */
function parseLoopback(text: string): Address {
  const address = parseAddress(text);
  if (!isLoopback(address)) throw new Error('write a loopback address, for instance 127.0.0.1:9465');
  return address;
}

function parseToken(text: string): string {
  if (!/^[\x21-\x7e]{16,}$/.test(text)) throw new Error('use at least 16 printable characters without blanks');
  return text;
}

function parseEndpoint(text: string): string {
  const url = new URL(text);
  if (!/^https?:$/.test(url.protocol) || url.search || url.hash || url.username) throw new Error('write an http or https URL without query, fragment or credentials');
  return url.href.replace(/\/+$/, '');
}

/** `name=value,name=value`, values as in a URL. */
function parseHeaders(text: string): Readonly<Record<string, string>> {
  const pairs = text.split(',').map((pair) => pair.trim()).filter(Boolean);
  return Object.fromEntries(pairs.map((pair) => {
    const [, name, value] = /^([A-Za-z0-9-]+)\s*=\s*(\S+)$/.exec(pair) ?? [];
    if (name === undefined || value === undefined) throw new Error('write name=value, comma-separated');
    return [name, decodeURIComponent(value)];
  }));
}
