import { useState } from 'preact/hooks';
import { api, at, type Page } from '../api';
import { t } from '../language';
import { useLoad } from '../load';
import type { OrganizationPart } from '../pages/Organization';
import { NewRepository } from '../pages/Namespace';
import type { RepositoryItem } from '../types';
import { Empty } from './Empty';
import { Failure } from './Failure';
import { Pager } from './Pager';
import { RepositoryList } from './RepositoryList';
import { Waiting } from './Waiting';

const SIZE = 20;

/** The repositories of an organization, as far as the visitor may see them. */
export function OrganizationRepositories({ name, isOwner }: OrganizationPart) {
  const [page, setPage] = useState(1);
  const [isNew, setNew] = useState(false);
  const { data, failure, isLoading } = useLoad(`${name} ${page}`, () => api.get<Page<RepositoryItem>>(at`/v2/repositories/${name}`, { page, page_size: SIZE }));
  return (
    <div class="stack">
      {isOwner && <div class="buttons end"><button type="button" class="primary" onClick={() => setNew(true)}>{t().repository.create}</button></div>}
      <Failure failure={failure} />
      {isLoading && <Waiting lines={4} />}
      {data?.count === 0 && <Empty title={t().repository.none}>{isOwner ? t().orgs.noRepositoriesOwner : t().orgs.noRepositories}</Empty>}
      {data && data.count > 0 && <RepositoryList repositories={data.results} />}
      {data && <Pager page={page} size={SIZE} count={data.count} onPage={setPage} />}
      {isNew && <NewRepository namespace={name} onClose={() => setNew(false)} />}
    </div>
  );
}
