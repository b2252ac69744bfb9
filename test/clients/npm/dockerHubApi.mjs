// Calls of docker-hub-api, unmodified, one `[method, …arguments]` a line of standard input; one outcome a line back.
// The package is GPL-3.0: it is fetched for the tests alone and runs in a process of its own.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const [packages] = process.argv.slice(2);
const hub = createRequire(join(packages, 'x.js'))('docker-hub-api');
// Its cache is by URL and would hide what a write has changed.
hub.setCacheOptions({ enabled: false });

for await (const line of createInterface({ input: process.stdin })) {
  const [method, ...args] = JSON.parse(line);
  const outcome = await Promise.resolve(hub[method](...args)).then((answer) => ({ answer }), (error) => ({ error: error.message }));
  process.stdout.write(`${JSON.stringify(outcome)}\n`);
}
