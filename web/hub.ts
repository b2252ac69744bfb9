import { signal } from '@preact/signals';
import { api } from './api';

/** What a hub says of itself to everybody. */
export interface Hub {
  readonly version: string;
  /** Host and port before the names of images; null where there is no registry. */
  readonly registry: string | null;
  readonly signup: 'open' | 'closed';
}

/** Undefined until it has answered. */
export const hub = signal<Hub | undefined>(undefined);

/** Asks once, at the start of the pages. */
export async function loadHub(): Promise<void> {
  hub.value = await api.get<Hub>('/version');
}

/** The line that fetches an image; undefined where the hub runs without a registry, and nothing can be pulled. */
export function pullLine(name: string, tag?: string): string | undefined {
  const registry = hub.value?.registry;
  if (registry === undefined || registry === null) return undefined;
  return `docker pull ${registry}/${name}${tag === undefined ? '' : `:${tag}`}`;
}
