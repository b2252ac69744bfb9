import type { RunView } from '../e2e/api.js';
import { isExplained, listFacts } from './facts.js';
import { listRepetitions } from './invariants.js';
import type { Logs } from './logs.js';

/** What a window of a run amounts to. */
export interface Figures {
  pushes: number;
  runs: number;
  /** Calls that receivers got. */
  calls: number;
  callbacks: number;
  canceled: number;
  /** Calls that a receiver got again although it had taken the one before, each because of a fault. */
  duplicates: number;
  /** Attempts that the history marks as interrupted. */
  interrupted: number;
  /** Runs that were open when a fault struck, and went on. */
  recoveries: number;
  /** The longest time from a fault until a run that it met went on, in milliseconds. */
  slowestRecovery: number;
}

export const NO_FIGURES: Figures = {
  pushes: 0, runs: 0, calls: 0, callbacks: 0, canceled: 0, duplicates: 0, interrupted: 0, recoveries: 0, slowestRecovery: 0,
};

/** Both together. */
export function addFigures(one: Figures, other: Figures): Figures {
  const sums = Object.keys(one).map((key) => [key, one[key as keyof Figures] + other[key as keyof Figures]]);
  return { ...(Object.fromEntries(sums) as unknown as Figures), slowestRecovery: Math.max(one.slowestRecovery, other.slowestRecovery) };
}

/** The figures of one window. */
export function measure(logs: Logs): Figures {
  const facts = listFacts(logs);
  const recoveries = logs.faults.flatMap(({ at }) => logs.history.flatMap(({ runs }) => runs.flatMap((run) => findNextStep(run, at))));
  return {
    pushes: logs.pushes.filter(({ accepted }) => accepted).length,
    runs: logs.history.flatMap(({ runs }) => runs).length,
    calls: logs.calls.length,
    callbacks: logs.callbacks.filter(({ status }) => status === 200).length,
    canceled: logs.pushes.filter(({ canceled }) => canceled?.at !== undefined).length,
    duplicates: facts.flatMap(listRepetitions).filter(([first, second]) => isExplained(logs.faults, first.at, second.at)).length,
    interrupted: facts.flatMap(({ delivery }) => delivery.attempts).filter(({ error }) => error === 'interrupted').length,
    recoveries: recoveries.length,
    slowestRecovery: recoveries.reduce((most, ms) => Math.max(most, ms), 0),
  };
}

/** How long after that moment the run took its next step, where it was open then; milliseconds. */
function findNextStep(run: RunView, at: number): number[] {
  const finished = Date.parse(run.finished ?? '');
  if (Date.parse(run.created) > at || !(finished > at)) return [];
  const steps = run.deliveries.flatMap(({ attempts, callback }) => [...attempts.map(({ started }) => started), ...(callback ? [callback.received] : [])]);
  return [Math.min(...steps.map((step) => Date.parse(step)).filter((step) => step > at), finished) - at];
}
