import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import test from 'ava';
import { installRuntime } from '../../temporal/runtime.js';
import { VERSION } from '../../version.js';
import { LOG } from '../temporal/testServer.js';
import { readHistories } from './histories.js';
import { SCENARIOS } from './scenarios.js';

// A replay that fails is the point of one test here, and not worth a page of log.
installRuntime(LOG);

const bundle = (name: string) => ({ codePath: fileURLToPath(new URL(`../../${name}.js`, import.meta.url)) });
/** Without and with tracing: an open chain may go on under either. */
const BUNDLES = ['workflows.bundle', 'workflows.traced.bundle'];
const CHANGED = fileURLToPath(new URL('changed/index.js', import.meta.url));
const recorded = readHistories();

async function* asReplayable() {
  for (const { name, history } of recorded) yield { workflowId: name, history };
}

for (const name of BUNDLES) {
  test(`every recorded history of every version replays in ${name}`, async (t) => {
    const replayed: string[] = [];
    for await (const { workflowId, error } of Worker.runReplayHistories({ workflowBundle: bundle(name) }, asReplayable())) {
      t.is(error, undefined, workflowId);
      replayed.push(workflowId);
    }
    t.deepEqual(replayed.sort(), recorded.map(({ name }) => name).sort());
  });
}

test('this version has a recorded history of each scenario', (t) => {
  const names = recorded.map(({ name }) => name);
  for (const { name } of SCENARIOS) t.true(names.includes(`${VERSION}/${name}`), name);
});

test('a workflow with one command more does not replay: the check can fail', async (t) => {
  const workflowBundle = await bundleWorkflowCode({ workflowsPath: CHANGED, logger: new DefaultLogger('ERROR') });
  let failed = 0;
  for await (const { workflowId, error } of Worker.runReplayHistories({ workflowBundle }, asReplayable())) {
    t.true(error instanceof DeterminismViolationError, `${workflowId}: ${String(error)}`);
    failed += 1;
  }
  t.is(failed, recorded.length);
});

test('no recorded history names a machine or carries more than ids and states', (t) => {
  for (const { name, history } of recorded) {
    const text = JSON.stringify(history);
    t.notRegex(text, /stackTrace|file:\/\//, name);
    const identities = new Set(text.match(/"identity":"[^"]*"/g));
    t.deepEqual([...identities].filter((identity) => !/"(recorder|history-service|)"$/.test(identity)), [], name);
  }
});
