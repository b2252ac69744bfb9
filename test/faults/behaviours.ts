import type { CallbackState } from '../helpers/receiver.js';
import type { Random } from './random.js';

/** How a receiver treats one delivery. Delays in milliseconds. */
export interface Behaviour {
  /** So many calls are answered `fault` before one is answered 200. */
  readonly failures: number;
  readonly fault: number | 'reset';
  readonly answerDelay: number;
  /** When it calls back: before it answers, after a 200, after a failed answer, or not at all. */
  readonly callback: 'early' | 'after' | 'failed' | 'never';
  readonly callbackDelay: number;
  /** What it says, at once where there are several. */
  readonly states: readonly CallbackState[];
}

/** Answers at once and calls back `success`. */
export const PLAIN: Behaviour = { failures: 0, fault: 500, answerDelay: 0, callback: 'after', callbackDelay: 0, states: ['success'] };

/** Draws one with its weight; the rest is as plain as can be. */
interface Kind {
  readonly weight: number;
  draw(random: Random): Partial<Behaviour>;
}

const KINDS: readonly Kind[] = [
  { weight: 20, draw: () => ({}) },
  { weight: 10, draw: (random) => ({ callbackDelay: random.between(300, 3000) }) },
  { weight: 8, draw: (random) => ({ answerDelay: random.between(50, 1500) }) },
  { weight: 10, draw: (random) => ({ callback: 'early', answerDelay: random.between(0, 800) }) },
  { weight: 8, draw: (random) => ({ failures: random.between(1, 2), fault: random.chance(50) ? 503 : 500 }) },
  { weight: 6, draw: () => ({ failures: 1, fault: 'reset' }) },
  { weight: 5, draw: (random) => ({ failures: random.between(1, 2), callback: 'failed' }) },
  { weight: 6, draw: () => ({ states: ['success', 'success'] }) },
  { weight: 6, draw: (random) => ({ states: random.chance(50) ? ['success', 'failure'] : ['error', 'success'] }) },
  { weight: 4, draw: (random) => ({ callback: 'early', states: ['success', 'failure'], answerDelay: random.between(0, 300) }) },
  { weight: 3, draw: (random) => ({ states: [random.chance(50) ? 'failure' : 'error'] }) },
];

/** Only where a callback that fails to come is soon given up. */
const BRISK: readonly Kind[] = [
  { weight: 3, draw: () => ({}) },
  { weight: 2, draw: () => ({ callback: 'never' }) },
  { weight: 2, draw: (random) => ({ callbackDelay: random.between(1500, 4000) }) },
];

/** The behaviour of a receiver towards one push, the same at every call of the delivery. */
export function drawBehaviour(random: Random, isBrisk: boolean): Behaviour {
  return { ...PLAIN, ...random.pick(isBrisk ? BRISK : KINDS).draw(random) };
}
