/** Process entry of the orphan test: `ownRegistry.js DATA_DIRECTORY BINARY`; sends a message once its registry is ready. */
import { startTestRegistry } from './place.js';

const [dataDir, binary] = process.argv.slice(2);
if (!dataDir || !binary) throw new Error('usage: ownRegistry.js DATA_DIRECTORY BINARY');
await startTestRegistry({ teardown: () => undefined }, { dataDir, binary });
process.send?.('ready');
