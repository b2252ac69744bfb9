import { formatAddress, type Config } from '../config.js';

/** The registry behind the door, wherever it runs. */
export interface Upstream {
  /** Its origin; undefined while it is down. */
  origin(): string | undefined;
  /** Whether it keeps the client's `Host`; one of the operator's may be found by its own name alone. */
  readonly keepsHost: boolean;
}

/** The registry's origin as any process of the hub reaches it: the operator's own, or the door to ours. Undefined: there is none. */
export function findRegistryOrigin({ mode, url, address }: Config['registry']): string | undefined {
  return mode === 'off' ? undefined : (url ?? `http://${formatAddress(address)}`);
}

const PROBE_MS = 2000;

/** A registry that the operator runs. */
export function attachRegistry(url: string): Upstream {
  return { origin: () => url, keepsHost: false };
}

/** Whether a registry answers now. It asks for a token, and that is an answer; never throws. */
export async function isReachable({ origin }: Pick<Upstream, 'origin'>): Promise<boolean> {
  const url = origin();
  if (url === undefined) return false;
  try {
    const { status } = await fetch(`${url}/v2/`, { method: 'HEAD', redirect: 'error', signal: AbortSignal.timeout(PROBE_MS) });
    return status === 200 || status === 401;
  } catch {
    // Refused, reset, too slow: all the same to who asks.
    return false;
  }
}
