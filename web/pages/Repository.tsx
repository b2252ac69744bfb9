import { RepositoryFrame } from '../parts/RepositoryFrame';
import type { PageProps } from '../routes';

/** What everybody sees of a repository. */
export function RepositoryPage({ params }: PageProps) {
  return <RepositoryFrame params={params} tab="">{(repository) => <p>{repository.full_description}</p>}</RepositoryFrame>;
}
