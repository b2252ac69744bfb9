import { CallError } from './postFaults.js';

/** A limit in time over something that is under way. */
export interface Deadline {
  /** Aborts, with `error` as its reason, once the time is over. */
  readonly signal: AbortSignal;
  readonly error: CallError;
  /** Must be called in the end. */
  clear(): void;
}

/** A deadline in `ms`; its error has the code DEADLINE. */
export function startDeadline(ms: number): Deadline {
  const controller = new AbortController();
  const error = new CallError('DEADLINE', `The call did not end within ${ms} ms.`);
  const timer = setTimeout(() => controller.abort(error), ms);
  return { signal: controller.signal, error, clear: () => clearTimeout(timer) };
}

/** Settles as `work` does, or rejects with the deadline's error where that comes first. */
export function raceDeadline<T>(work: Promise<T>, { signal, error }: Deadline): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(error), { once: true });
    work.then(resolve, reject);
  });
}
