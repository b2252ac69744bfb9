import { runProcess } from '../process.js';
import { startWorker } from './start.js';

/** `hookline worker` without a look at the command line. */
await runProcess('worker', startWorker);
