/** Process entry of the orphan test: `ownServer.js DATA_DIRECTORY`; sends a message once its server is ready. */
import { startTestServer } from './testServer.js';

const [dataDir] = process.argv.slice(2);
if (!dataDir) throw new Error('usage: ownServer.js DATA_DIRECTORY');
await startTestServer({ dataDir });
process.send?.('ready');
