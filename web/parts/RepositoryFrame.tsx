import type { ComponentChildren } from 'preact';
import { Link } from 'wouter-preact';
import { api, at } from '../api';
import { formatCount } from '../format';
import { t } from '../language';
import { useAction, useLoad, type Loaded } from '../load';
import { Missing } from '../pages/Missing';
import { apiPath, pagePath, readRepository } from '../repositoryPath';
import { TABS } from '../repositoryTabs';
import type { Params } from '../routes';
import { session } from '../session';
import type { Repository, RepositoryItem } from '../types';
import { Failure } from './Failure';
import { Icon } from './Icon';
import { Waiting } from './Waiting';

interface FrameProps {
  readonly params: Params;
  /** Path of the tab that is open, as in TABS. */
  readonly tab: string;
  readonly children: (repository: Repository, loaded: Loaded<Repository>) => ComponentChildren;
}

/** What stands around every page of a repository: its name, its star, its parts. */
export function RepositoryFrame({ params, tab, children }: FrameProps) {
  const name = readRepository(params);
  const loaded = useLoad(`${apiPath(name)}#${session.value?.username ?? ''}`, () => api.get<Repository>(apiPath(name)));
  const { data: repository, failure } = loaded;
  if (failure?.status === 404) return <Missing />;
  return (
    <>
      <header class="repository-head">
        <h1>
          <Link href={at`/n/${name.namespace}`}>{name.namespace}</Link>
          <span class="soft"> / </span>
          <Link href={pagePath(name)} class="strong">{name.name}</Link>
        </h1>
        {repository && <Badges repository={repository} />}
        {repository && <Star repository={repository} onChange={loaded.set} />}
        <p class="repository-about">{repository?.description ?? ' '}</p>
      </header>
      <nav class="tabs" aria-label={t().repository.sections}>
        {TABS.filter(({ isShown, path }) => path === '' || (repository && isShown(repository))).map(({ path, label }) => (
          <Link key={path} href={`${pagePath(name)}${path}`} aria-current={path === tab ? 'page' : undefined}>{label(t())}</Link>
        ))}
      </nav>
      <Failure failure={failure} />
      {repository ? children(repository, loaded) : !failure && <Waiting lines={5} />}
    </>
  );
}

/** What a repository is, in a few words. */
export function Badges({ repository: { is_private, is_official, is_automated } }: { readonly repository: Pick<RepositoryItem, 'is_private' | 'is_official' | 'is_automated'> }) {
  return (
    <span class="badges">
      {is_private && <span class="badge"><Icon name="lock" />{t().repository.private}</span>}
      {is_official && <span class="badge accent"><Icon name="check" />{t().repository.official}</span>}
      {is_automated && <span class="badge"><Icon name="bolt" />{t().repository.automated}</span>}
    </span>
  );
}

interface StarProps {
  readonly repository: Repository;
  readonly onChange: (repository: Repository) => void;
}

function Star({ repository, onChange }: StarProps) {
  const { run, isBusy, failure } = useAction();
  const { has_starred, star_count } = repository;
  const path = `${apiPath(repository)}/stars`;
  const toggle = () => void run(async () => {
    await (has_starred ? api.delete(path) : api.post(path, {}));
    onChange({ ...repository, has_starred: !has_starred, star_count: star_count + (has_starred ? -1 : 1) });
  });
  return (
    <span class="repository-star">
      <button type="button" class={has_starred ? 'small starred' : 'small'} aria-pressed={has_starred} disabled={isBusy || !session.value} title={has_starred ? t().repository.unstar : t().repository.star} onClick={toggle}>
        <Icon name="star" />
        <span class="hidden">{t().repository.star}</span>
        {formatCount(star_count)}
      </button>
      <Failure failure={failure} />
    </span>
  );
}
