// npm run bench: how fast chains run, on a hub of its own, and with --floor and --peer beside it what it is compared with.
import { describeCommand, readArguments } from './benchArguments.mjs';
import { withDirectory } from './benchHub.mjs';
import { runBenchPlan } from './benchRun.mjs';
import { runTool } from './run.mjs';

await runTool(async () => {
  const words = process.argv.slice(2);
  const options = readArguments(words);
  await withDirectory((dir) => runBenchPlan(options, dir, describeCommand('npm run bench', words)));
});
