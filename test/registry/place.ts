import { createLog } from '../../log.js';
import type { ServerState } from '../../programs/keeper.js';
import { startRegistry, type EmbeddedRegistry } from '../../registry/embedded.js';
import { openRegistryKeys } from '../../registry/keys.js';
import { tempDir } from '../helpers/ports.js';

export const LOG = createLog('silent', 'test');
// ava ends a file that timed out by SIGTERM: leave through `exit`, which takes the servers along.
process.once('SIGTERM', () => process.exit(143));

export interface TestRegistryOptions {
  readonly binary: string;
  readonly dataDir?: string;
  readonly eventsUrl?: string;
  readonly publicUrl?: string;
  readonly onState?: (state: ServerState) => void;
}

/** A registry as the hub runs it, with keys of its own in its data directory; it ends with the test. */
export async function startTestRegistry(t: { teardown(clean: () => Promise<void>): void }, options: TestRegistryOptions) {
  const dataDir = options.dataDir ?? (await tempDir(t));
  const keys = await openRegistryKeys(dataDir);
  const { publicUrl = 'https://images.example', eventsUrl = 'http://127.0.0.1:9/events' } = options;
  const agreement = { publicUrl, realm: 'https://hub.example/token', caFile: keys.caFile, eventsUrl, eventsSecret: 'events-secret', httpSecret: 'http-secret' };
  const registry: EmbeddedRegistry = await startRegistry({ ...options, dataDir, agreement, log: LOG });
  t.teardown(() => registry.stop());
  const origin = (): string => registry.origin() ?? 'http://127.0.0.1:9';
  const authorize = async (name: string, actions: readonly string[]) => {
    const { token } = await keys.sign({ subject: 'alice', access: [{ type: 'repository', name, actions }] });
    return { authorization: `Bearer ${token}` };
  };
  return { registry, dataDir, keys, origin, authorize };
}
