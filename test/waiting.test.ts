import test from 'ava';
import { createWaitingRoom } from '../waiting.js';

/** A tick of the clock later: whatever is to settle without further ado has settled. */
const soon = async (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, 20));
const LONG = 60_000;

test('an answer that is handed over ends the wait at once', async (t) => {
  const room = createWaitingRoom<string>();
  const waiting = room.enter('dlv_1').wait(LONG);
  t.true(room.claim('dlv_1')?.hand('success'));
  t.is(await waiting, 'success');
});

test('an answer that comes before anybody waits for it is not lost', async (t) => {
  const room = createWaitingRoom<string>();
  const seat = room.enter('dlv_1');
  t.true(room.claim('dlv_1')?.hand('success'));
  t.is(await seat.answered, 'success');
  t.is(await seat.wait(LONG), 'success');
});

test('who waited in vain has left in the same instant: nothing can be handed over any more', async (t) => {
  const room = createWaitingRoom<string>();
  t.is(await room.enter('dlv_1').wait(1), undefined);
  t.is(room.claim('dlv_1'), undefined);
});

test('a wait that is over goes on while somebody commits an answer', async (t) => {
  const room = createWaitingRoom<string>();
  const waiting = room.enter('dlv_1').wait(1);
  const claim = room.claim('dlv_1');
  let ended = false;
  void waiting.then(() => { ended = true; });
  await soon();
  t.false(ended);
  t.true(claim?.hand('failure'));
  t.is(await waiting, 'failure');
});

test('of two that commit at once the one that lost ends no wait, the one that won does', async (t) => {
  const room = createWaitingRoom<string>();
  const waiting = room.enter('dlv_1').wait(1);
  const [lost, won] = [room.claim('dlv_1'), room.claim('dlv_1')];
  await soon();
  lost?.release();
  t.true(won?.hand('success'));
  t.is(await waiting, 'success');
});

test('a claim that comes to nothing lets the wait end', async (t) => {
  const room = createWaitingRoom<string>();
  const waiting = room.enter('dlv_1').wait(1);
  const claim = room.claim('dlv_1');
  await soon();
  claim?.release();
  t.is(await waiting, undefined);
});

test('a seat that was left takes nothing, and whoever commits is told so', (t) => {
  const room = createWaitingRoom<string>();
  const seat = room.enter('dlv_1');
  const claim = room.claim('dlv_1');
  seat.leave();
  t.is(room.claim('dlv_1'), undefined);
  t.false(claim?.hand('success'));
});

test('a delivery has one seat, and leaving an old one does not take the place of the next', (t) => {
  const room = createWaitingRoom<string>();
  const first = room.enter('dlv_1');
  t.throws(() => room.enter('dlv_1'), { message: /dlv_1 is in hand already/ });
  first.leave();
  room.enter('dlv_1');
  first.leave();
  t.truthy(room.claim('dlv_1'));
  t.is(room.claim('dlv_2'), undefined);
});
