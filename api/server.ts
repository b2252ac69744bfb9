import { runProcess } from '../process.js';
import { startApi } from './start.js';

/** `hookline api` without a look at the command line. */
await runProcess('api', startApi);
