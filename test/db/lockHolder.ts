/** Process entry of the lock's test: `lockHolder.js DATA_DIRECTORY`; holds the directory until it is killed. */
import { lockDataDir } from '../../db/lock.js';

const [dataDir] = process.argv.slice(2);
if (!dataDir) throw new Error('usage: lockHolder.js DATA_DIRECTORY');
await lockDataDir(dataDir);
process.send?.('locked');
process.on('disconnect', () => process.exit(0));
