import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { beginAttempt } from '../../db/attempts.js';
import { closeDelivery } from '../../db/deliveries.js';
import { callbackPath, type Answer, type TestApi } from '../helpers/api.js';
import { advanceToWaiting } from '../helpers/builders.js';

const STATES = ['success', 'failure', 'error'] as const;
type State = (typeof STATES)[number];

/** A delivery as it should be. */
interface Delivery {
  readonly id: string;
  state: string;
  wasSent: boolean;
  /** What was answered to the callback that won, to the letter. */
  answer?: string;
}

/** A run as it should be. */
interface Run {
  readonly id: string;
  readonly place: Place;
  readonly deliveries: readonly Delivery[];
  state: string;
}

/** A repository of one tenant. */
export interface Place {
  readonly namespace: string;
  readonly name: string;
  readonly path: string;
  readonly token: string;
}

/** What should be, and what it is compared with. */
export interface Model {
  readonly runs: Run[];
}
export interface Real {
  readonly api: TestApi;
  readonly places: readonly Place[];
}
type Step = fc.AsyncCommand<Model, Real>;

const CLOSED = new Set(['success', 'failure', 'error', 'canceled']);

function choose<T>(items: readonly T[], index: number): T {
  const item = items[index % items.length];
  if (item === undefined) throw new Error('there is nothing to choose from');
  return item;
}

/** The run follows its delivery. */
function close(run: Run, delivery: Delivery, state: string): void {
  delivery.state = state;
  const rest = run.deliveries.filter((other) => other.state === 'pending');
  if (state === 'success' && rest.length > 0) return;
  run.state = state;
  for (const other of rest) other.state = 'skipped';
}

interface RunView {
  readonly id: string;
  readonly state: string;
  readonly deliveries: readonly { id: string; state: string; callback: object | null; attempts: readonly unknown[] }[];
}

function readRun(view: RunView, place: Place): Run {
  return { id: view.id, place, state: view.state, deliveries: view.deliveries.map(({ id, state }) => ({ id, state, wasSent: false })) };
}

async function getRun({ api }: Real, { id, place }: Pick<Run, 'id' | 'place'>): Promise<RunView> {
  const answer = await api.request('GET', `${place.path}/runs/${id}`, { token: place.token });
  assert.equal(answer.status, 200, answer.text);
  return answer.body as RunView;
}

/** That every run of every tenant looks as the model says. */
async function compare(model: Model, real: Real): Promise<void> {
  for (const run of model.runs) {
    const seen = await getRun(real, run);
    const expected = run.deliveries.map(({ id, state, answer }) => ({ id, state, callback: answer === undefined ? null : (JSON.parse(answer) as object) }));
    assert.deepEqual({ state: seen.state, deliveries: seen.deliveries.map(({ id, state, callback }) => ({ id, state, callback })) }, { state: run.state, deliveries: expected });
  }
}

/** A command that is followed by a look at everything. */
function step(name: string, needs: (model: Model) => boolean, act: (model: Model, real: Real) => Promise<void>): Step {
  return {
    check: needs,
    async run(model, real) {
      await act(model, real);
      await compare(model, real);
    },
    toString: () => name,
  };
}

const always = (): boolean => true;
const hasRuns = ({ runs }: Model): boolean => runs.length > 0;

function push(at: number): Step {
  return step(`push to repository ${at}`, always, async (model, real) => {
    const place = choose(real.places, at);
    const answer = await real.api.request('POST', `${place.path}/pushes`, { token: place.token, body: {} });
    assert.equal(answer.status, 202, answer.text);
    const { runs: [{ id } = { id: '' }] } = answer.body as { runs: { id: string }[] };
    model.runs.push(readRun(await getRun(real, { id, place }), place));
  });
}

/** What the worker does: it calls the next webhook, whose answer may still be under way. */
function call(at: number, isUnderWay: boolean): Step {
  return step(`call the next webhook of run ${at}${isUnderWay ? ', still under way' : ''}`, hasRuns, async (model, { api }) => {
    const run = choose(model.runs, at);
    const isBusy = run.deliveries.some(({ state }) => state === 'waiting' || state === 'delivering');
    const next = run.deliveries.find(({ state }) => state === 'pending');
    if (CLOSED.has(run.state) || isBusy || !next) return;
    if (isUnderWay) await beginAttempt(api.db, next.id);
    else await advanceToWaiting(api.db, next.id);
    Object.assign(next, { state: isUnderWay ? 'delivering' : 'waiting', wasSent: true });
    run.state = 'running';
  });
}

/** The statuses that a callback may get, and what it changes. */
function expectCallback(run: Run, delivery: Delivery, { state, answer }: { state: State; answer: Answer }): void {
  const { recorded } = answer.body as { recorded?: object };
  if (!delivery.wasSent) assert.equal(answer.status, 404, answer.text);
  else if (delivery.answer !== undefined && delivery.state === state) assert.deepEqual([answer.status, answer.text], [200, delivery.answer]);
  else if (delivery.answer !== undefined) assert.deepEqual([answer.status, recorded], [409, JSON.parse(delivery.answer)]);
  else if (CLOSED.has(delivery.state)) assert.equal(answer.status, 410, answer.text);
  else {
    assert.equal(answer.status, 200, answer.text);
    delivery.answer = answer.text;
    close(run, delivery, state);
  }
}

function callBack(at: number, position: number, state: State): Step {
  return step(`callback ${state} for webhook ${position} of run ${at}`, hasRuns, async (model, { api }) => {
    const run = choose(model.runs, at);
    const delivery = choose(run.deliveries, position);
    const answer = await api.request('POST', callbackPath(run.place, delivery.id), { body: { state, description: `run ${at}` } });
    expectCallback(run, delivery, { state, answer });
  });
}

/** Two at once that contradict each other: whichever wins, the other is told so. */
function contradict(at: number, position: number): Step {
  return step(`contradictory callbacks for webhook ${position} of run ${at}`, hasRuns, async (model, { api }) => {
    const run = choose(model.runs, at);
    const delivery = choose(run.deliveries, position);
    const path = callbackPath(run.place, delivery.id);
    const sent = await Promise.all(STATES.map(async (state) => ({ state, answer: await api.request('POST', path, { body: { state } }) })));
    // The winner first: the others are judged by what it left.
    for (const one of sent.sort((a, b) => a.answer.status - b.answer.status)) expectCallback(run, delivery, one);
  });
}

/** The token of one delivery with the id of another, at either's address. */
function swap(at: number, other: number): Step {
  return step(`the token of run ${at} for run ${other}`, hasRuns, async (model, { api }) => {
    const [mine, theirs] = [choose(model.runs, at), choose(model.runs, other)];
    const [from, to] = [choose(mine.deliveries, 0), choose(theirs.deliveries, 1)];
    const path = callbackPath(theirs.place, from.id).replace(from.id, to.id);
    const { status } = await api.request('POST', path, { body: { state: 'success' } });
    assert.equal(status, 404);
  });
}

function misspell(at: number, position: number): Step {
  return step(`a callback without a state for webhook ${position} of run ${at}`, hasRuns, async (model, { api }) => {
    const run = choose(model.runs, at);
    const { status } = await api.request('POST', callbackPath(run.place, choose(run.deliveries, position).id), { body: { status: 'success' } });
    assert.equal(status, 400);
  });
}

/** What the worker does when nobody called back in time. */
function timeOut(at: number): Step {
  return step(`time runs out for run ${at}`, hasRuns, async (model, { api }) => {
    const run = choose(model.runs, at);
    const delivery = run.deliveries.find(({ state }) => state === 'waiting');
    if (!delivery) return;
    await closeDelivery(api.db, { id: delivery.id, state: 'error', reason: 'callback_timeout' });
    close(run, delivery, 'error');
  });
}

function cancel(at: number): Step {
  return step(`cancel run ${at}`, hasRuns, async (model, { api }) => {
    const run = choose(model.runs, at);
    const { status } = await api.request('POST', `${run.place.path}/runs/${run.id}/cancel`, { token: run.place.token });
    assert.equal(status, CLOSED.has(run.state) ? 409 : 200);
    if (CLOSED.has(run.state)) return;
    run.state = 'canceled';
    for (const delivery of run.deliveries) if (!CLOSED.has(delivery.state)) delivery.state = 'canceled';
  });
}

function redeliver(at: number, from: 'start' | 'failed'): Step {
  return step(`redeliver run ${at} from ${from}`, hasRuns, async (model, real) => {
    const { id, state, place, deliveries } = choose(model.runs, at);
    const answer = await real.api.request('POST', `${place.path}/runs/${id}/redeliver`, { token: place.token, body: { from } });
    const isPossible = CLOSED.has(state) && (from === 'start' || deliveries.some((delivery) => delivery.state !== 'success'));
    assert.equal(answer.status, isPossible ? 202 : 409, answer.text);
    if (isPossible) model.runs.push(readRun(answer.body as RunView, place));
  });
}

const at = fc.nat({ max: 7 });
const position = fc.nat({ max: 2 });

/** Everything that can happen to callbacks, in any order. */
export const COMMANDS: fc.Arbitrary<Step>[] = [
  fc.nat({ max: 1 }).map(push),
  fc.tuple(at, fc.boolean()).map(([run, isUnderWay]) => call(run, isUnderWay)),
  fc.tuple(at, fc.boolean()).map(([run, isUnderWay]) => call(run, isUnderWay)),
  fc.tuple(at, position, fc.constantFrom(...STATES)).map(([run, webhook, state]) => callBack(run, webhook, state)),
  fc.tuple(at, position, fc.constantFrom(...STATES)).map(([run, webhook, state]) => callBack(run, webhook, state)),
  fc.tuple(at, position).map(([run, webhook]) => callBack(run, webhook, 'success')),
  fc.tuple(at, position).map(([run, webhook]) => contradict(run, webhook)),
  fc.tuple(at, at).map(([run, other]) => swap(run, other)),
  fc.tuple(at, position).map(([run, webhook]) => misspell(run, webhook)),
  at.map(timeOut),
  at.map(cancel),
  fc.tuple(at, fc.constantFrom('start' as const, 'failed' as const)).map(([run, from]) => redeliver(run, from)),
];
