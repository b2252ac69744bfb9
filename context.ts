import { AsyncLocalStorage } from 'node:async_hooks';

/** What stands in every log line of one request or one activity: ids alone. */
export interface Context {
  /** The request to the API that began it all. */
  request_id?: string;
  workflow?: string;
  run?: string;
  delivery?: string;
  trace_id?: string;
}

const storage = new AsyncLocalStorage<Context>();

/** Runs `work`, and whatever it starts, under a context of its own. */
export function runInContext<T>(context: Context, work: () => T): T {
  return storage.run({ ...context }, work);
}

/** Adds what has become known meanwhile; outside any context nothing happens. */
export function addToContext(more: Context): void {
  Object.assign(storage.getStore() ?? {}, more);
}

/** A copy of the present context; empty outside any. */
export function readContext(): Context {
  return { ...storage.getStore() };
}
