import { useEffect } from 'preact/hooks';
import { api, type Page } from '../api';
import { useLoad } from '../load';
import type { Run } from '../types';

const ASK_MS = 1500;

/** Calls back once a repository has its first run, wherever the push came from. */
export function useFirstRun(path: string, onRun: (id: string) => void): void {
  const { data, reload } = useLoad(path, () => api.get<Page<Run>>(`${path}/runs`, { page_size: 1 }));
  const first = data?.results[0]?.id;
  useEffect(() => {
    if (first !== undefined) onRun(first);
  }, [first]);
  useEffect(() => {
    const asking = window.setInterval(() => void reload(), ASK_MS);
    return () => window.clearInterval(asking);
  }, [reload]);
}
