import { useEffect, useRef, useState } from 'preact/hooks';

/** How the page hears of changes: by the event stream, or by asking again where that does not hold. */
export type Hearing = 'connecting' | 'live' | 'polling' | 'ended';

/** Changes of one row come in groups; one question answers them all. */
const SETTLE_MS = 120;
const POLL_MS = 2000;
const EVENTS = ['run', 'delivery', 'attempt', 'callback'] as const;

export interface Listener {
  /** The API's own picture of something, as its event carries it. */
  readonly onRun?: (run: unknown) => void;
  /** Something changed: ask again. */
  readonly onChange: () => void;
}

interface Watch extends Listener {
  readonly url: string;
  readonly onHearing: (hearing: Hearing) => void;
}

/** Listens until the answer is called; the stream's end is the end of the run. */
function watch({ url, onRun, onChange, onHearing }: Watch): () => void {
  let settling: number | undefined;
  let polling: number | undefined;
  const settle = () => {
    settling ??= window.setTimeout(() => {
      settling = undefined;
      onChange();
    }, SETTLE_MS);
  };
  const source = new EventSource(url);
  const stop = () => {
    source.close();
    window.clearTimeout(settling);
    window.clearInterval(polling);
  };
  source.onopen = () => onHearing('live');
  source.onerror = () => {
    // The browser comes back by itself, but for an answer that is no stream.
    if (source.readyState !== EventSource.CLOSED) return onHearing('connecting');
    onHearing('polling');
    polling ??= window.setInterval(onChange, POLL_MS);
  };
  for (const name of EVENTS) {
    source.addEventListener(name, (event: MessageEvent<string>) => {
      if (name === 'run' && onRun) onRun(JSON.parse(event.data));
      else settle();
    });
  }
  source.addEventListener('end', () => {
    stop();
    onHearing('ended');
    onChange();
  });
  return stop;
}

/** Follows an event stream while the component is there and `url` is given. */
export function useLive(url: string | undefined, listener: Listener): Hearing {
  const [hearing, setHearing] = useState<Hearing>('connecting');
  const latest = useRef(listener);
  latest.current = listener;
  useEffect(() => {
    if (url === undefined) return undefined;
    setHearing('connecting');
    const onRun = (run: unknown) => latest.current.onRun?.(run);
    return watch({ url, onChange: () => latest.current.onChange(), onHearing: setHearing, ...(latest.current.onRun ? { onRun } : {}) });
  }, [url]);
  return url === undefined ? 'ended' : hearing;
}
