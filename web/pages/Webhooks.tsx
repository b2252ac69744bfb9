import { Link } from 'wouter-preact';
import { api, at, type Page } from '../api';
import { t } from '../language';
import { useLoad } from '../load';
import { Empty } from '../parts/Empty';
import { Failure } from '../parts/Failure';
import { Icon } from '../parts/Icon';
import { InboundAddresses } from '../parts/InboundAddresses';
import { RepositoryFrame } from '../parts/RepositoryFrame';
import { Waiting } from '../parts/Waiting';
import { hostOf } from '../reasons';
import { apiPath, pagePath } from '../repositoryPath';
import type { PageProps } from '../routes';
import type { Chain, Repository } from '../types';
import { Missing } from './Missing';

/** A repository may have fifty chains. */
const SIZE = 50;

/** The chains of a repository, and the addresses at which other registries tell of pushes. */
export function WebhooksPage({ params }: PageProps) {
  return (
    <RepositoryFrame params={params} tab="/webhooks">
      {(repository) => (repository.permissions.admin ? <Chains repository={repository} /> : <Missing />)}
    </RepositoryFrame>
  );
}

function Chains({ repository }: { readonly repository: Repository }) {
  const path = `${apiPath(repository)}/webhook_pipeline`;
  const { data, failure, isLoading } = useLoad(path, () => api.get<Page<Chain>>(path, { page_size: SIZE }));
  const create = `${pagePath(repository)}/new-chain`;
  return (
    <div class="stack-l">
      <section class="stack-s">
        <div class="head"><h2>{t().editor.chains}</h2><Link href={create} class="button primary"><Icon name="plus" />{t().editor.create}</Link></div>
        <Failure failure={failure} />
        {isLoading && <Waiting lines={3} />}
        {data?.count === 0 && <Empty title={t().editor.none}><p>{t().editor.noneText}</p><Link href={create} class="button">{t().editor.create}</Link></Empty>}
        {data && data.count > 0 && <ul class="list card flush">{data.results.map((chain) => <ChainItem key={chain.slug} repository={repository} chain={chain} />)}</ul>}
      </section>
      <InboundAddresses repository={repository} />
    </div>
  );
}

function ChainItem({ repository, chain }: { readonly repository: Repository; readonly chain: Chain }) {
  const isPaused = chain.webhooks.some(({ endpoint }) => endpoint.state === 'paused');
  return (
    <li class="chain-item">
      <div class="row">
        <h3><Link href={`${pagePath(repository)}${at`/webhooks/${chain.slug}`}`}>{chain.name}</Link></h3>
        {!chain.active && <span class="badge">{t().editor.inactive}</span>}
        {isPaused && <span class="badge">{t().editor.hasPaused}</span>}
      </div>
      <ol class="hop-words">
        {chain.webhooks.map((webhook) => <li key={webhook.id} title={webhook.hook_url}>{webhook.name} <span class="soft">{hostOf(webhook.hook_url)}</span></li>)}
        {chain.webhooks.length === 0 && <li class="soft">{t().editor.noHops}</li>}
      </ol>
    </li>
  );
}
