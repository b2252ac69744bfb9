import { OPEN_DELIVERY_STATES, OPEN_RUN_STATES } from '../../states.js';
import { findOutcomeFault, listUnlikeAnswers } from './accounts.js';
import { isExplained, listFacts, type DeliveryView, type Fact } from './facts.js';
import type { CallEntry, FaultEntry, Logs } from './logs.js';

/** A promise, and what of the logs breaks it: one line of evidence each, none where it was kept. */
export interface Invariant {
  readonly name: string;
  readonly promise: string;
  find(logs: Logs): string[];
}

/** A call lasts 15 seconds at most; what arrives so much later than the end was sent after it. Milliseconds. */
const LONGEST_CALL = 16_000;
const CALLBACK_ANSWERS: readonly (number | undefined)[] = [200, 409, 410, 503, undefined];

/** Every run of an accepted push is there and over, and so is whatever else was recorded. */
function findOpenRuns({ pushes, history }: Logs): string[] {
  const runs = history.flatMap(({ runs }) => runs);
  const known = new Set(runs.map(({ id }) => id));
  const lost = pushes.flatMap(({ tag, accepted }) => (accepted?.runIds ?? []).filter((id) => !known.has(id)).map((id) => `${tag}: ${id} is not in the history`));
  const open = runs.flatMap(({ id, state, finished, deliveries, push }) => {
    const left = deliveries.filter((delivery) => OPEN_DELIVERY_STATES.some((one) => one === delivery.state));
    const isOver = finished !== null && !OPEN_RUN_STATES.some((one) => one === state) && left.length === 0;
    return isOver ? [] : [`${push.tag}: ${id} is still ${state}, ${deliveries.map((one) => one.state).join(', ')}`];
  });
  return [...lost, ...open];
}

/** A webhook is called only after the success of the one before, which its receiver had said by then. */
function findOutOfOrder(logs: Logs): string[] {
  const facts = new Map(listFacts(logs).map((fact) => [`${fact.run.id}/${fact.delivery.position}`, fact]));
  return [...facts.values()].flatMap(({ run, delivery, calls }) => {
    if (delivery.position === 1 || calls.length === 0) return [];
    const before = facts.get(`${run.id}/${delivery.position - 1}`);
    const first = Math.min(...calls.map(({ seq }) => seq));
    const said = before?.callbacks.some(({ state, seq }) => state === 'success' && seq < first);
    if (said && before?.delivery.state === 'success') return [];
    return [`${run.push.tag}: webhook ${delivery.position} was called although the one before was ${before?.delivery.state}${said ? '' : ' and had not called back'}`];
  });
}

/** A push that was accepted, or repeated under its key, is one push with one run; one that was refused at most that. */
function findManyRuns({ pushes, history }: Logs): string[] {
  return pushes.flatMap(({ tag, accepted }) => {
    const shown = history.flatMap((repository) => repository.pushes.filter((push) => push.tag === tag));
    const runs = history.flatMap((repository) => repository.runs.filter((run) => run.push.tag === tag));
    const isRight = accepted ? shown.length === 1 && runs.length === 1 && shown[0]?.id === accepted.pushId : shown.length <= 1 && runs.length <= 1;
    return isRight ? [] : [`${tag}: ${accepted ? 'accepted' : 'not accepted'}, and ${shown.length} pushes with ${runs.length} runs`];
  });
}

/** All calls of a delivery carry its id and are on record; one that was taken is repeated only because of a fault. */
function findUnexplained(logs: Logs): string[] {
  const facts = listFacts(logs);
  const known = new Set(facts.map(({ delivery }) => delivery.id));
  const strangers = logs.calls.filter(({ deliveryId }) => !known.has(deliveryId)).map((call) => `${call.told.tag}: called as ${call.deliveryId}, which is no delivery`);
  return [...strangers, ...facts.flatMap((fact) => [...findUnrecorded(fact), ...findRepeated(fact, logs.faults)])];
}

function findUnrecorded({ delivery: { id, position, attempts }, calls, run }: Fact): string[] {
  const elsewhere = calls.filter((call) => call.position !== position || call.told.tag !== run.push.tag);
  const wrong = elsewhere.map((call) => `${id} of ${run.push.tag}/${position} called ${call.told.tag}/${call.position}`);
  return calls.length <= attempts.length ? wrong : [...wrong, `${run.push.tag}: ${calls.length} calls of ${id}, ${attempts.length} attempts on record`];
}

/** The pairs of calls of which the second repeats one that its receiver had taken, or might have. */
export function listRepetitions({ calls }: Pick<Fact, 'calls'>): [CallEntry, CallEntry][] {
  const pairs = calls.slice(1).map((call, index): [CallEntry, CallEntry] => [calls[index] ?? call, call]);
  return pairs.filter(([{ answer }]) => answer === 200 || answer === 'lost' || answer === undefined);
}

/** Attempts of which nobody recorded the end, and when what interrupted them must have happened. */
export function listInterrupted({ attempts }: DeliveryView): { number: number; from: number; to: number }[] {
  return attempts.filter(({ duration_ms, error }) => error === 'interrupted' || duration_ms === null).map(({ number, started }) => {
    const from = Date.parse(started);
    const next = Date.parse(attempts[number]?.started ?? '');
    return { number, from, to: Math.min(from + LONGEST_CALL, Number.isNaN(next) ? Infinity : next) };
  });
}

function findRepeated({ run, delivery, ...fact }: Fact, faults: readonly FaultEntry[]): string[] {
  const repeated = listRepetitions(fact).filter(([first, second]) => !isExplained(faults, first.at, second.at));
  const interrupted = listInterrupted(delivery).filter(({ from, to }) => !isExplained(faults, from, to));
  return [
    ...repeated.map(([first, second]) => `${run.push.tag}: webhook ${delivery.position} answered ${first.answer} and was called again after ${second.at - first.at} ms without a fault`),
    ...interrupted.map(({ number }) => `${run.push.tag}: attempt ${number} of webhook ${delivery.position} was interrupted by nothing`),
  ];
}

/** What was answered 2xx is what the history holds, for ever; whoever was refused was refused because of it. */
function findForgotten(logs: Logs): string[] {
  return listFacts(logs).flatMap(({ run, delivery, callbacks }) => {
    const held = delivery.callback?.state;
    const wrong = callbacks.filter(({ state, status }) =>
      (status === 200 && held !== state) || (status === 409 && (held === undefined || held === state)) || (status === 410 && held !== undefined),
    );
    return wrong.map(({ state, status }) => `${run.push.tag}: the callback ${state} of webhook ${delivery.position} was answered ${status}, and the history holds ${held}`);
  });
}

/** Nothing is sent after the end of a delivery, of its run, or after a cancellation was answered. */
function findLateCalls(logs: Logs): string[] {
  return listFacts(logs).flatMap(({ run, delivery, push, calls }) => {
    // A delivery ends with its callback, the last one with its run.
    const ends = [delivery.callback?.received, run.finished].map((at) => Date.parse(at ?? '')).filter((at) => !Number.isNaN(at));
    const end = Math.min(...ends, push?.canceled?.at ?? Infinity);
    const attempts = delivery.attempts.filter(({ started }) => Date.parse(started) > end);
    const late = calls.filter(({ at }) => at > end + LONGEST_CALL);
    return [...attempts.map(({ number }) => `attempt ${number} began`), ...late.map(({ at }) => `a call came ${at - end} ms`)]
      .map((what) => `${run.push.tag}: ${what} after the end of webhook ${delivery.position} (${delivery.state})`);
  });
}

/** The history shows what the receivers saw and said, to the owner of the repository alone. */
function findUntrue(logs: Logs): string[] {
  const owners = new Map(logs.pushes.map(({ tag, repository }) => [tag, repository]));
  const shown = logs.history.flatMap(({ repository, pushes, runs }) => [...pushes, ...runs.map(({ push }) => push)].map(({ tag }) => ({ tag, repository })));
  const called = logs.calls.flatMap(({ told, repository }) => [{ tag: told.tag, repository }, { tag: told.tag, repository: told.repository }]);
  const foreign = [...shown, ...called].filter(({ tag, repository }) => owners.get(tag) !== repository);
  return [
    ...foreign.map(({ tag, repository }) => `${tag} of ${owners.get(tag)} is shown to ${repository}`),
    ...listFacts(logs).flatMap((fact) => [...listUnlikeAnswers(fact), ...findOutcomeFault(fact)].map((fault) => `${fact.run.push.tag}: webhook ${fact.delivery.position} ${fault}`)),
  ];
}

/** Whatever is going on, a client is answered what the documentation promises, or not at all. */
function findOddAnswers({ oddities, callbacks }: Logs): string[] {
  const odd = callbacks.filter(({ status }) => !CALLBACK_ANSWERS.includes(status));
  return [...oddities, ...odd.map(({ deliveryId, state, status }) => `the callback ${state} of ${deliveryId} was answered ${status}`)];
}

/** What the hub promises under every fault. */
export const INVARIANTS: readonly Invariant[] = [
  { name: 'I1', promise: 'every accepted push reaches an end', find: findOpenRuns },
  { name: 'I2', promise: 'a webhook is called only after the success of the one before', find: findOutOfOrder },
  { name: 'I3', promise: 'a push is recorded once and runs once', find: findManyRuns },
  { name: 'I4', promise: 'all calls of a delivery carry one id and are on record; none is repeated without a fault', find: findUnexplained },
  { name: 'I5', promise: 'the first callback that was accepted stands for ever', find: findForgotten },
  { name: 'I6', promise: 'nothing is called after the end', find: findLateCalls },
  { name: 'I7', promise: 'the history shows what the receivers saw, to its owner alone', find: findUntrue },
  { name: 'answers', promise: 'a client is answered as documented, or 503, or not at all', find: findOddAnswers },
];

const WORDS = /[A-Za-z0-9_.+/=-]{16,}/g;

/** I8: secrets that stand in a text. Only their beginnings are told. */
export function findSecretsIn(text: string, secrets: ReadonlySet<string>): string[] {
  const found = new Set([...secrets].filter((secret) => secret.includes(' ') && text.includes(secret)));
  for (const word of (text.match(WORDS) ?? []).flatMap((word) => [word, ...word.split(/[/=]/)])) {
    if (secrets.has(word)) found.add(word);
  }
  return [...found].map((secret) => `${secret.slice(0, 8)}… stands in a log`);
}
