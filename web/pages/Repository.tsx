import { pullLine } from '../hub';
import { t } from '../language';
import { Comments } from '../parts/Comments';
import { CopyLine } from '../parts/Copy';
import { LatestRuns } from '../parts/LatestRuns';
import { Readme } from '../parts/Readme';
import { RepositoryFrame } from '../parts/RepositoryFrame';
import { Tags } from '../parts/Tags';
import type { PageProps } from '../routes';
import type { Repository } from '../types';

/** What is to be seen of a repository: how to get it, its tags, its latest runs, its readme, what others say. */
export function RepositoryPage({ params }: PageProps) {
  return <RepositoryFrame params={params} tab="">{(repository) => <Overview repository={repository} />}</RepositoryFrame>;
}

function Overview({ repository }: { readonly repository: Repository }) {
  const pull = pullLine(repository.repo_name);
  return (
    <div class="columns">
      <div class="stack-l">
        <Readme repository={repository} />
        <Comments repository={repository} />
      </div>
      <div class="stack-l">
        {pull !== undefined && <section class="stack-s"><h2>{t().repository.pull}</h2><CopyLine text={pull} label={t().repository.pullLine} /></section>}
        {repository.permissions.admin && <LatestRuns repository={repository} />}
        <Tags repository={repository} />
      </div>
    </div>
  );
}
