import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { ApiFailure } from './api';
import { session } from './session';

/** What was asked for, as far as it is there. `data` stays while it is asked for again, so that nothing jumps. */
export interface Loaded<T> {
  readonly data: T | undefined;
  readonly failure: ApiFailure | undefined;
  readonly isLoading: boolean;
  readonly reload: () => Promise<void>;
  readonly set: (data: T) => void;
}

function toFailure(error: unknown): ApiFailure {
  if (!(error instanceof ApiFailure)) throw error;
  // The cookie is gone with that answer: whoever reads on does so as nobody.
  if (error.code === 'invalid_token') session.value = null;
  return error;
}

/** Asks the API when `key` changes (an undefined key asks nothing), and again at `reload()`. Answers that come too late are dropped. */
export function useLoad<T>(key: string | undefined, ask: () => Promise<T>): Loaded<T> {
  const [state, setState] = useState<{ key?: string | undefined; data?: T | undefined; failure?: ApiFailure | undefined }>({});
  const turn = useRef(0);
  const latest = useRef(ask);
  latest.current = ask;
  const reload = useCallback(async () => {
    const mine = ++turn.current;
    const next = await latest.current().then((data) => ({ data }), (error: unknown) => ({ failure: toFailure(error) }));
    if (mine === turn.current) setState((before) => ({ key, data: before.key === key ? before.data : undefined, ...next }));
  }, [key]);
  const set = useCallback((data: T) => {
    turn.current += 1;
    setState({ key, data });
  }, [key]);
  useEffect(() => {
    if (key !== undefined) void reload();
    return () => void (turn.current += 1);
  }, [key, reload]);
  const isMine = state.key === key;
  const data = isMine ? state.data : undefined;
  const failure = isMine ? state.failure : undefined;
  return { data, failure, isLoading: key !== undefined && data === undefined && failure === undefined, reload, set };
}

/** Something that the visitor does: whether it is under way, and what the API had against it. */
export interface Action {
  readonly isBusy: boolean;
  readonly failure: ApiFailure | undefined;
  /** Runs it once at a time; answers whether it went through. */
  readonly run: (work: () => Promise<void>) => Promise<boolean>;
  readonly clear: () => void;
}

/** For a form or a button. */
export function useAction(): Action {
  const [state, setState] = useState<{ isBusy: boolean; failure: ApiFailure | undefined }>({ isBusy: false, failure: undefined });
  const busy = useRef(false);
  const run = useCallback(async (work: () => Promise<void>) => {
    if (busy.current) return false;
    busy.current = true;
    setState({ isBusy: true, failure: undefined });
    const failure = await work().then(() => undefined, toFailure).finally(() => (busy.current = false));
    setState({ isBusy: false, failure });
    return failure === undefined;
  }, []);
  const clear = useCallback(() => setState({ isBusy: false, failure: undefined }), []);
  return { ...state, run, clear };
}
