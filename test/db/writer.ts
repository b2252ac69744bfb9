/**
 * Process entry of the two-writers test: `writer.js DATABASE_URL CHAIN_ID`. Says `ready`, and on any message records
 * fifty pushes at once, takes each through an attempt and a callback, and answers with the errors it met.
 */
import { once } from 'node:events';
import { findChainById } from '../../db/chains.js';
import { openDatabase } from '../../db/connection.js';
import { advanceToClosed, buildRun, must, pick } from '../helpers/builders.js';

const WRITERS = 50;
const [url, chainId] = process.argv.slice(2);
if (!url || !chainId) throw new Error('usage: writer.js DATABASE_URL CHAIN_ID');
const db = openDatabase(url);
const chain = must(await findChainById(db, chainId), 'the chain');
process.send?.('ready');
await once(process, 'message');
const written = await Promise.allSettled(Array.from({ length: WRITERS }, async () => {
  const { deliveries } = await buildRun(db, { of: chain });
  await advanceToClosed(db, pick(deliveries).id);
}));
process.send?.(written.flatMap((result) => (result.status === 'rejected' ? [String(result.reason)] : [])));
await db.destroy();
process.disconnect();
