/** Process entry of the orphan test: sends the process and the folder of a PostgreSQL server, and holds it until it is killed. */
import { startPostgres } from '../helpers/postgresServer.js';

const { pid, dataDir } = await startPostgres();
process.send?.({ pid, dataDir });
process.on('disconnect', () => process.exit(0));
