import { Link } from 'wouter-preact';
import { api, at } from '../api';
import { t } from '../language';
import { useLive } from '../live';
import { useLoad } from '../load';
import { apiPath, pagePath, type RepositoryName } from '../repositoryPath';
import type { Run } from '../types';
import { ChainLine } from './ChainLine';
import { Failure } from './Failure';
import { ReceivedCalls, useReceiver } from './ReceivedCalls';
import { Waiting } from './Waiting';

interface WatchProps {
  readonly repository: RepositoryName;
  readonly run: string;
  readonly receiver: string;
}

/** The first run of a newcomer, live, and below it the receiver whose buttons move it on. */
export function StartWatch({ repository, run: id, receiver: receiverId }: WatchProps) {
  const path = `${apiPath(repository)}${at`/runs/${id}`}`;
  const { data: run, failure, reload, set } = useLoad(path, () => api.get<Run>(path));
  const { data: receiver, failure: unheard, reload: hear } = useReceiver(receiverId);
  const isOver = run !== undefined && run.finished !== null;
  useLive(run && !isOver ? `${path}/events` : undefined, { onRun: (fresh) => set(fresh as Run), onChange: () => void reload() });
  if (!run) return failure ? <Failure failure={failure} /> : <Waiting lines={3} />;
  return (
    <>
      <div class="card chain-card"><ChainLine run={run} /></div>
      <p role="status">{isOver ? t().start.over(t().states[run.state]) : t().start.press}</p>
      {isOver && (
        <div class="buttons">
          <Link href={`${pagePath(repository)}${at`/runs/${id}`}`} class="button primary">{t().start.see}</Link>
          <Link href={`${pagePath(repository)}/webhooks`} class="button">{t().start.own}</Link>
        </div>
      )}
      <Failure failure={unheard} />
      {receiver && <ReceivedCalls receiver={receiver} onChange={() => void hear()} />}
    </>
  );
}
