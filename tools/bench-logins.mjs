// npm run bench:logins: how long a push takes while fifty users log in at once.
import { join } from 'node:path';
import { runBench, withDirectory } from './benchHub.mjs';
import { runTool } from './run.mjs';

await runTool(() => withDirectory((dir) => runBench('logins', { databaseUrl: `sqlite:${join(dir, 'hookline.db')}`, dir })));
