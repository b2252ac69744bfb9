/** Process entry of download.ts: `node downloadChild.js DIRECTORY VERSION`; exit code 0 once the binary is there. */
import { TestWorkflowEnvironment } from '@temporalio/testing';

const [downloadDir, version] = process.argv.slice(2);
if (!downloadDir || !version) throw new Error('usage: downloadChild.js DIRECTORY VERSION');

try {
  const executable = { type: 'cached-download', downloadDir, version } as const;
  const environment = await TestWorkflowEnvironment.createLocal({ server: { executable } });
  await environment.teardown();
} catch (error) {
  // One line for the sentence that the parent says; the native error carries its cause in the message.
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
