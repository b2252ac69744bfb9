import { useState } from 'preact/hooks';
import { api, type Page } from '../api';
import { formatSize, shortenDigest } from '../format';
import { pullLine } from '../hub';
import { t } from '../language';
import { useLoad } from '../load';
import { apiPath } from '../repositoryPath';
import type { Repository, Tag, TagImage } from '../types';
import { CopyButton } from './Copy';
import { Empty } from './Empty';
import { Failure } from './Failure';
import { Pager } from './Pager';
import { Time } from './Time';
import { Waiting } from './Waiting';

const SIZE = 10;

/** The tags, the last pushed first. */
export function Tags({ repository }: { readonly repository: Repository }) {
  const [page, setPage] = useState(1);
  const path = `${apiPath(repository)}/tags`;
  // Docker Hub's API turns this order round: without a minus the newest is first.
  const { data, failure, isLoading } = useLoad(`${path} ${page}`, () => api.get<Page<Tag>>(path, { page, page_size: SIZE, ordering: 'last_updated' }));
  return (
    <section class="stack-s">
      <h2>{t().repository.tags}</h2>
      <Failure failure={failure} />
      {isLoading && <Waiting lines={3} />}
      {data?.count === 0 && <Empty title={t().repository.noTags}><p>{t().repository.noTagsText}</p></Empty>}
      {data && data.count > 0 && (
        <ul class="list card flush">
          {data.results.map((tag) => <TagItem key={tag.name} tag={tag} pull={pullLine(repository.repo_name, tag.name)} />)}
        </ul>
      )}
      {data && <Pager page={page} size={SIZE} count={data.count} onPage={setPage} />}
    </section>
  );
}

function TagItem({ tag, pull }: { readonly tag: Tag; readonly pull: string | undefined }) {
  return (
    <li class="tag">
      <div class="row between">
        <strong class="tag-name">{tag.name}</strong>
        <span class="soft small-text">{formatSize(tag.full_size)}{pull !== undefined && <CopyButton text={pull} label={t().repository.pullLine} />}</span>
      </div>
      <p class="row small-text soft">
        <span>{t().repository.pushed} <Time at={tag.last_updated} />{tag.last_updater_username !== '' && <> {t().repository.by} {tag.last_updater_username}</>}</span>
        {tag.digest !== null && <span title={tag.digest}><code>{shortenDigest(tag.digest)}</code><CopyButton text={tag.digest} label={t().run.theDigest} /></span>}
      </p>
      <Platforms images={tag.images} />
    </li>
  );
}

/** The platforms of an image; nothing where the push did not say. */
function Platforms({ images }: { readonly images: readonly TagImage[] }) {
  const known = images.filter(({ architecture }) => architecture !== 'unknown');
  if (known.length === 0) return null;
  return (
    <p class="badges">
      {known.map(({ os, architecture, variant, size }, index) => (
        <span key={index} class="badge">{os}/{architecture}{variant === null ? '' : `/${variant}`}{size > 0 && ` · ${formatSize(size)}`}</span>
      ))}
    </p>
  );
}
