import { useState } from 'preact/hooks';
import { Link, useLocation } from 'wouter-preact';
import { api, at } from '../api';
import { closeDraft, openDraft } from '../draft';
import { t } from '../language';
import { useAction, useLoad } from '../load';
import { announce } from '../parts/announce';
import { ChainForm } from '../parts/ChainForm';
import { Confirm } from '../parts/Dialog';
import { Failure } from '../parts/Failure';
import { RepositoryFrame } from '../parts/RepositoryFrame';
import { listSecrets, Secrets } from '../parts/Secrets';
import { Waiting } from '../parts/Waiting';
import { WebhookSecrets } from '../parts/WebhookSecrets';
import { apiPath, pagePath, readRepository, type RepositoryName } from '../repositoryPath';
import type { PageProps } from '../routes';
import type { Chain } from '../types';
import { Missing } from './Missing';

/** A new chain. */
export function NewChainPage({ params }: PageProps) {
  return (
    <RepositoryFrame params={params} tab="/webhooks">
      {({ permissions }) => (permissions.admin ? <Editor repository={readRepository(params)} /> : <Missing />)}
    </RepositoryFrame>
  );
}

/** A chain as it is, to be changed, tested, deleted. */
export function ChainPage({ params }: PageProps) {
  return (
    <RepositoryFrame params={params} tab="/webhooks">
      {() => <Existing repository={readRepository(params)} slug={params['slug'] ?? ''} />}
    </RepositoryFrame>
  );
}

function Existing({ repository, slug }: { readonly repository: RepositoryName; readonly slug: string }) {
  const path = `${apiPath(repository)}${at`/webhook_pipeline/${slug}`}`;
  const { data: chain, failure } = useLoad(path, () => api.get<Chain>(path));
  if (failure?.status === 404) return <Missing />;
  if (!chain) return failure ? <Failure failure={failure} /> : <Waiting lines={5} />;
  return <Editor repository={repository} chain={chain} />;
}

const RESERVED = /^(name$|webhooks\[\d+\]\.(name|hook_url|callback_timeout|secret)$)/;

function Editor({ repository, chain }: { readonly repository: RepositoryName; readonly chain?: Chain }) {
  const [saved, setSaved] = useState(chain);
  const [draft, setDraft] = useState(() => openDraft(chain));
  const [secrets, setSecrets] = useState(listSecrets([]));
  const { run, isBusy, failure } = useAction();
  const chains = `${apiPath(repository)}/webhook_pipeline`;
  const save = async (event: Event) => {
    event.preventDefault();
    await run(async () => {
      const body = closeDraft(draft);
      const answer = saved ? await api.patch<Chain>(`${chains}${at`/${saved.slug}`}`, body) : await api.post<Chain>(chains, body);
      setSaved(answer);
      setDraft(openDraft(answer));
      setSecrets((before) => [...before, ...listSecrets(answer.webhooks)]);
      announce(t().editor.saved(answer.name));
    });
  };
  const shown = Object.keys(failure?.fields ?? {}).filter((name) => RESERVED.test(name));
  return (
    <form class="stack-l medium-l" onSubmit={(event) => void save(event)}>
      <div class="head">
        <h2>{saved ? t().editor.edit(saved.name) : t().editor.create}</h2>
        {saved && <ChainActions repository={repository} chain={saved} />}
      </div>
      <Secrets secrets={secrets} onClose={() => setSecrets([])} />
      <ChainForm draft={draft} failure={failure} onChange={setDraft} />
      <Failure failure={failure} fields={shown} />
      <div class="buttons">
        <button type="submit" class="primary" disabled={isBusy}>{saved ? t().common.save : t().editor.createIt}</button>
        <Link href={`${pagePath(repository)}/webhooks`} class="button">{t().editor.back}</Link>
      </div>
      {saved && <WebhookSecrets repository={repository} webhooks={saved.webhooks} />}
    </form>
  );
}

function ChainActions({ repository, chain }: { readonly repository: RepositoryName; readonly chain: Chain }) {
  const [, go] = useLocation();
  const [isAsked, ask] = useState(false);
  const { run, isBusy, failure } = useAction();
  const path = `${apiPath(repository)}${at`/webhook_pipeline/${chain.slug}`}`;
  const test = () => void run(async () => {
    const { runs } = await api.post<{ readonly runs: readonly { readonly id: string }[] }>(`${path}/test`, {});
    go(`${pagePath(repository)}${at`/runs/${runs[0]?.id ?? ''}`}`);
  });
  const remove = () => void run(async () => {
    await api.delete(path);
    go(`${pagePath(repository)}/webhooks`);
  });
  return (
    <div class="buttons">
      <button type="button" disabled={isBusy} onClick={test}>{t().editor.test}</button>
      <button type="button" class="danger" onClick={() => ask(true)}>{t().common.delete}</button>
      {isAsked ? <Confirm title={t().editor.deleteTitle(chain.name)} verb={t().common.delete} isDangerous isBusy={isBusy} failure={failure} onConfirm={remove} onClose={() => ask(false)}><p>{t().editor.deleteText}</p></Confirm> : <Failure failure={failure} />}
    </div>
  );
}
