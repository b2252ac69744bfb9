import { useState } from 'preact/hooks';
import { api, at } from '../api';
import { t } from '../language';
import { useAction } from '../load';
import { hostOf } from '../reasons';
import { apiPath, type RepositoryName } from '../repositoryPath';
import type { Webhook } from '../types';
import { announce } from './announce';
import { Failure } from './Failure';
import { Secrets } from './Secrets';
import { Time } from './Time';

interface Rotated {
  readonly secret: string;
  readonly previous_secret_expires: string;
}

/** The receivers of a saved chain: how they fare, and a new secret for each. */
export function WebhookSecrets({ repository, webhooks }: { readonly repository: RepositoryName; readonly webhooks: readonly Webhook[] }) {
  return (
    <section class="stack-s" aria-labelledby="receivers">
      <h2 id="receivers">{t().editor.receivers}</h2>
      <ul class="list card flush">
        {webhooks.map((webhook) => <Row key={webhook.id} repository={repository} webhook={webhook} />)}
      </ul>
    </section>
  );
}

function Row({ repository, webhook }: { readonly repository: RepositoryName; readonly webhook: Webhook }) {
  const [rotated, setRotated] = useState<Rotated>();
  const [isResumed, setResumed] = useState(false);
  const { run, isBusy, failure } = useAction();
  const path = `${apiPath(repository)}${at`/webhooks/${webhook.id}`}`;
  const rotate = () => void run(async () => setRotated(await api.post<Rotated>(`${path}/rotate_secret`, {})));
  const resume = () => void run(async () => {
    await api.post(`${path}/resume`, {});
    setResumed(true);
    announce(t().editor.resumed(webhook.name));
  });
  const isPaused = webhook.endpoint.state === 'paused' && !isResumed;
  return (
    <li class="stack-s">
      <div class="row between">
        <span><strong>{webhook.name}</strong> <span class="soft">{hostOf(webhook.hook_url)}</span></span>
        <span class="buttons">
          {isPaused && <button type="button" class="small" disabled={isBusy} onClick={resume}>{t().editor.resume}</button>}
          <button type="button" class="small" disabled={isBusy} onClick={rotate}>{t().editor.rotate}</button>
        </span>
      </div>
      {isPaused && <p class="note warn">{t().editor.paused(webhook.endpoint.failures)} <Time at={webhook.endpoint.paused_until} /></p>}
      <Failure failure={failure} />
      {rotated && <p class="soft small-text">{t().editor.rotated} <Time at={rotated.previous_secret_expires} />.</p>}
      {rotated && <Secrets secrets={[{ name: webhook.name, secret: rotated.secret }]} onClose={() => setRotated(undefined)} />}
    </li>
  );
}
