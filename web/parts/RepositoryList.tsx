import { Link } from 'wouter-preact';
import { formatCount } from '../format';
import { pullLine } from '../hub';
import { t } from '../language';
import { pagePath } from '../repositoryPath';
import { CopyButton } from './Copy';
import { Icon } from './Icon';
import { Badges } from './RepositoryFrame';
import { Time } from './Time';

/** A repository as lists show it, whichever route told of it. */
export interface Listed {
  readonly namespace: string;
  readonly name: string;
  readonly repo_name: string;
  readonly description: string;
  readonly star_count: number;
  readonly pull_count: number;
  readonly is_private: boolean;
  readonly is_official: boolean;
  readonly is_automated: boolean;
  /** Of the last push; undefined where the route does not tell. */
  readonly last_updated?: string | null;
}

/** Repositories, each with what one wants to know before pulling it. */
export function RepositoryList({ repositories }: { readonly repositories: readonly Listed[] }) {
  return (
    <ul class="list card flush">
      {repositories.map((one) => <Item key={`${one.namespace}/${one.name}`} one={one} />)}
    </ul>
  );
}

function Item({ one }: { readonly one: Listed }) {
  const pull = pullLine(one.repo_name);
  return (
    <li class="repository">
      <div class="repository-words">
        <h2><Link href={pagePath(one)}>{one.repo_name}</Link> <Badges repository={one} /></h2>
        <p class="soft" dir="auto">{one.description === '' ? t().repository.noDescription : one.description}</p>
      </div>
      <p class="repository-figures small-text soft">
        <span title={t().repository.stars(formatCount(one.star_count))}><Icon name="star" />{formatCount(one.star_count)}<span class="hidden"> {t().repository.starsWord}</span></span>
        <span title={t().repository.pulls(formatCount(one.pull_count))}><Icon name="down" />{formatCount(one.pull_count)}<span class="hidden"> {t().repository.pullsWord}</span></span>
        {one.last_updated !== undefined && <span>{one.last_updated === null ? t().repository.neverPushed : <>{t().repository.pushed} <Time at={one.last_updated} /></>}</span>}
        {pull !== undefined && <CopyButton text={pull} label={t().repository.pullLine} />}
      </p>
    </li>
  );
}
