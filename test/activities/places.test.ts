import test from 'ava';
import { Places, type Caller, type Full, type Place } from '../../activities/places.js';
import { Turns } from '../../activities/turns.js';
import { pollUntil } from '../helpers/poll.js';

/** An origin begins with four places. */
const LIMITS = { perOrigin: 16, perRepository: 5 };
const at = (origin: string, repository = 'rep_1'): Caller => ({ origin, repository });

function isPlace(answer: Place | Full): answer is Place {
  return 'leave' in answer;
}

/** Takes places until there are none; answers those it got. */
async function fill(places: Places, caller: Caller, tries = 10): Promise<Place[]> {
  return (await Promise.all(Array.from({ length: tries }, () => places.take(caller)))).filter(isPlace);
}

test('one repository takes three quarters of an origin, and the rest is for others', async (t) => {
  const places = new Places(LIMITS);
  t.is((await fill(places, at('http://a'))).length, 3);
  t.is((await fill(places, at('http://a', 'rep_2'))).length, 1);
  t.is((await fill(places, at('http://a', 'rep_3'))).length, 0);
  t.is((await fill(places, at('http://b', 'rep_2'))).length, 3, 'another origin has places of its own');
});

test('one repository takes no more than its part of all places, wherever they are', async (t) => {
  const places = new Places(LIMITS);
  t.is((await fill(places, at('http://a'))).length, 3);
  t.is((await fill(places, at('http://b'))).length, 2);
  t.is((await fill(places, at('http://c'))).length, 0);
  t.is((await fill(places, at('http://c', 'rep_2'))).length, 3);
});

test('who waits a moment gets the place that becomes free, in turn', async (t) => {
  const places = new Places({ perOrigin: 1, perRepository: 5 });
  const [first] = await fill(places, at('http://a'), 1);
  const order: string[] = [];
  const waiting = ['rep_1', 'rep_2'].map(async (repository) => {
    const place = await places.take(at('http://a', repository));
    order.push(`${repository} ${isPlace(place) ? 'in' : 'sent away'}`);
    if (isPlace(place)) place.leave();
  });
  first?.leave();
  await Promise.all(waiting);
  t.deepEqual(order, ['rep_1 in', 'rep_2 in']);
});

test('an origin that answers gets more places, up to what it may have', async (t) => {
  const places = new Places({ perOrigin: 8, perRepository: 100 });
  t.is((await fill(places, at('http://a'), 20)).length, 1, 'three quarters of a quarter');
  for (let call = 0; call < 20; call += 1) (await fill(places, at('http://b'), 1))[0]?.leave();
  t.is((await fill(places, at('http://b'), 20)).length, 6, 'three quarters of all');
});

test('a place is given back once, however often it is left', async (t) => {
  const places = new Places({ perOrigin: 1, perRepository: 5 });
  const [first] = await fill(places, at('http://a'), 1);
  first?.leave();
  first?.leave();
  t.is((await fill(places, at('http://a'), 2)).length, 1, 'of one place');
});

test('a crowd is sent away with a time for each, and not as a crowd again', async (t) => {
  const places = new Places(LIMITS);
  await fill(places, at('http://a'));
  const answers = await Promise.all(Array.from({ length: 100 }, () => places.take(at('http://a'))));
  const times = answers.map((answer) => (isPlace(answer) ? 0 : answer.askAgainIn));
  t.true(times.every((time) => time >= 50 && time <= 5000));
  t.true(new Set(times).size > 50);
});

test('an origin whose call hangs is not quick while it hangs, and its crowd does not wait here', async (t) => {
  const places = new Places({ perOrigin: 1, perRepository: 5 });
  t.true(places.isQuick('http://a'));
  const [hanging] = await fill(places, at('http://a'), 1);
  await pollUntil('the call to be slow', async () => !places.isQuick('http://a'));
  t.true(places.isQuick('http://b'));
  const settled = await Promise.race([places.take(at('http://a')), new Promise<'waits'>((resolve) => setImmediate(() => resolve('waits')))]);
  t.true(settled !== 'waits' && !isPlace(settled));
  hanging?.leave();
  t.false(places.isQuick('http://a'), 'what the last call took is remembered');
});

test('turns behind a pause follow one another, each pause has its own, and each webhook', (t) => {
  const turns = new Turns(10);
  t.deepEqual([1, 2, 3].map(() => turns.take('whk_1', 5000)), [5000, 5100, 5200]);
  t.is(turns.take('whk_2', 5000), 5000);
  t.is(turns.take('whk_1', 9000), 9000);
});
