import test from 'ava';
import { findSecretsIn } from './invariants.js';
import { measure } from './recovery.js';
import { judge } from './verdict.js';
import { asLogs, at, only, sampleAttempt, sampleCall, sampleLogs, type Sample } from './sampleLogs.js';

/** The first run of a sample, and its n-th delivery, from 1. */
const run = (logs: Sample) => only(only(logs.history).runs);
const delivery = (logs: Sample, position: number) => only(run(logs).deliveries, position - 1);
const FAULT = { kind: 'worker killed', round: 1, at: at(110), until: at(120) };

/** Bends the sample so that a promise is broken. */
interface Breach {
  readonly invariant: string;
  readonly what: string;
  bend(logs: Sample): void;
}

const BREACHES: readonly Breach[] = [
  { invariant: 'I1', what: 'an accepted push of which no run is there', bend: (logs) => { only(logs.history).runs = []; } },
  { invariant: 'I1', what: 'a run that never ends', bend: (logs) => { Object.assign(run(logs), { state: 'running', finished: null }); } },
  { invariant: 'I1', what: 'a delivery left open beneath a run that is over', bend: (logs) => { delivery(logs, 2).state = 'waiting'; } },
  { invariant: 'I2', what: 'a webhook called before the one before had called back', bend: (logs) => { only(logs.callbacks).seq = 99; } },
  { invariant: 'I2', what: 'a webhook called although the one before failed', bend: (logs) => { delivery(logs, 1).state = 'failure'; } },
  { invariant: 'I3', what: 'a push that ran twice', bend: (logs) => { only(logs.history).runs.push({ ...run(logs), id: 'run_2' }); } },
  { invariant: 'I3', what: 'a push recorded twice under one key', bend: (logs) => { only(logs.history).pushes.push({ id: 'psh_2', tag: 'one' }); } },
  { invariant: 'I4', what: 'a call under the id of no delivery', bend: (logs) => { logs.calls.push({ ...sampleCall(1, 9, 300), deliveryId: 'dlv_x' }); } },
  { invariant: 'I4', what: 'a call that is not on record', bend: (logs) => { delivery(logs, 1).attempts = []; } },
  { invariant: 'I4', what: 'a call repeated without a fault', bend: (logs) => { repeat(logs); } },
  {
    invariant: 'I4', what: 'an attempt interrupted by nothing',
    bend: (logs) => { delivery(logs, 1).attempts.unshift(sampleAttempt(1, 90, { error: 'interrupted' })); },
  },
  { invariant: 'I5', what: 'a callback answered 2xx that is lost', bend: (logs) => { delivery(logs, 1).callback = null; } },
  { invariant: 'I5', what: 'a callback answered 2xx although another one was accepted', bend: (logs) => { logs.callbacks.push({ ...only(logs.callbacks), seq: 9, state: 'failure' }); } },
  { invariant: 'I5', what: 'a callback refused for another one that is not there', bend: (logs) => { logs.callbacks.push({ ...only(logs.callbacks), seq: 9, status: 409 }); } },
  { invariant: 'I6', what: 'an attempt that began after the end', bend: (logs) => { delivery(logs, 1).attempts.push(sampleAttempt(2, 400)); logs.calls.push(sampleCall(1, 9, 405)); } },
  { invariant: 'I6', what: 'a call long after the end', bend: (logs) => { only(logs.calls).at = at(60_000); } },
  { invariant: 'I6', what: 'an attempt after a cancellation was answered', bend: (logs) => { only(logs.pushes).canceled = { at: at(150) }; } },
  { invariant: 'I7', what: 'an answer on record that no receiver gave', bend: (logs) => { only(delivery(logs, 1).attempts).status = 500; } },
  { invariant: 'I7', what: 'a payload of somebody else’s repository', bend: (logs) => { only(logs.calls).told = { repository: 'tenant/other', tag: 'one' }; } },
  { invariant: 'I7', what: 'a run shown in somebody else’s repository', bend: (logs) => { logs.history.push({ repository: 'tenant/other', pushes: [], runs: [run(logs)] }); } },
  { invariant: 'I7', what: 'an end that nobody gave', bend: (logs) => { Object.assign(delivery(logs, 2), { state: 'error', reason: 'workflow_terminated', callback: null }); } },
  { invariant: 'I7', what: 'a timeout where there was time enough', bend: (logs) => { Object.assign(delivery(logs, 2), { state: 'error', reason: 'callback_timeout', callback: null }); } },
  { invariant: 'answers', what: 'an answer that nobody should meet', bend: (logs) => { logs.oddities.push('the push one was answered 500'); } },
  { invariant: 'answers', what: 'a callback answered 404', bend: (logs) => { only(logs.callbacks).status = 404; } },
];

/** The first webhook was called twice, and both calls are on record. */
function repeat(logs: Sample): void {
  logs.calls.splice(1, 0, sampleCall(1, 1.5, 118));
  delivery(logs, 1).attempts.push(sampleAttempt(2, 112));
}

test('logs in which every promise was kept break none', (t) => {
  t.deepEqual(judge(asLogs(sampleLogs())), []);
});

for (const { invariant, what, bend } of BREACHES) {
  test(`${invariant} sees ${what}`, (t) => {
    const logs = sampleLogs();
    bend(logs);
    const names = judge(asLogs(logs)).map((violation) => violation.invariant.split(' ')[0]);
    t.true(names.includes(invariant), `found: ${names.join(', ')}`);
  });
}

test('a call that is repeated because of a fault is a duplicate that is explained', (t) => {
  const logs = sampleLogs();
  repeat(logs);
  logs.faults.push(FAULT);
  t.deepEqual(judge(asLogs(logs)), []);
  t.like(measure(asLogs(logs)), { pushes: 1, runs: 1, calls: 3, duplicates: 1, recoveries: 1, slowestRecovery: 2 });
});

test('an end that the receiver gave follows from what it said', (t) => {
  const logs = sampleLogs();
  Object.assign(delivery(logs, 2), { state: 'failure', reason: 'callback', callback: { ...delivery(logs, 2).callback, state: 'failure' } });
  Object.assign(run(logs), { state: 'failure' });
  only(logs.callbacks, 1).state = 'failure';
  t.deepEqual(judge(asLogs(logs)), []);
});

test('I8 sees a secret in a line of a log, and not the whole of it in its evidence', (t) => {
  const secrets = new Set(['whsec_0123456789abcdef0123456789abcdef', 'v1.token-of-a-callback_0123456789']);
  t.deepEqual(findSecretsIn('{"msg":"nothing to see here, whsec_is_not_one_of_them"}', secrets), []);
  const found = findSecretsIn('"url":"http://hub/u/admin/app/hook/v1.token-of-a-callback_0123456789/" whsec_0123456789abcdef0123456789abcdef', secrets);
  t.is(found.length, 2);
  t.false(found.join().includes('0123456789abcdef'));
});
