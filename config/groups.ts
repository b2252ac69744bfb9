import { parseDuration } from './durations.js';
import type { Reader } from './reader.js';
import { formatAddress, oneOf, parseAddress, parseOrigin, parsePauses, parsePositive } from './values.js';

/** `off`, `embedded`, or the origin of a registry that the operator runs. */
function parseRegistry(text: string): { readonly mode: 'off' | 'embedded' | 'attached'; readonly url?: string } {
  if (text === 'off' || text === 'embedded') return { mode: text };
  if (!/^https?:\/\//.test(text)) throw new Error('write off, embedded, or the URL of a registry');
  return { mode: 'attached', url: parseOrigin(text) };
}

/** The registry underneath, where there is one. */
export function readRegistry(reader: Reader) {
  const address = reader.read('HOOKLINE_REGISTRY_ADDRESS', '127.0.0.1:5000', parseAddress);
  return {
    ...reader.read('HOOKLINE_REGISTRY', 'off', parseRegistry),
    /** Where the door to the registry listens. */
    address,
    /** The door's public origin: its host and port stand before the names of images. */
    publicUrl: reader.read('HOOKLINE_REGISTRY_URL', `http://${formatAddress(address)}`, parseOrigin),
    autoCreate: reader.read('HOOKLINE_REGISTRY_AUTO_CREATE', 'on', oneOf('off', 'on')) === 'on',
  };
}

/** How receivers are spared, and others spared from them. */
export function readEndpoint(reader: Reader) {
  return {
    /** Calls at once to one origin that answers, in each process; a quarter of them until it has. */
    concurrency: reader.read('HOOKLINE_ENDPOINT_CONCURRENCY', '32', parsePositive),
    /** Deliveries a second, to one webhook and in each process, that go on after a pause. */
    rate: reader.read('HOOKLINE_ENDPOINT_RATE', '10', parsePositive),
    /** Failed attempts in a row, over all deliveries of a webhook, that pause it. */
    pauseAfter: reader.read('HOOKLINE_ENDPOINT_PAUSE_AFTER', '5', parsePositive),
    /** The first pause, the second, …; the last one stands for all that follow. */
    pauses: reader.read('HOOKLINE_ENDPOINT_PAUSES', '1m,2m,5m,10m,20m,30m', parsePauses),
    /** How long a delivery waits behind a pause before it is given up. */
    hold: reader.read('HOOKLINE_ENDPOINT_HOLD', '3d', parseDuration),
  };
}
