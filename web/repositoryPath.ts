import { at } from './api';
import type { Params } from './routes';

/** A repository as addresses name it. */
export interface RepositoryName {
  readonly namespace: string;
  readonly name: string;
}

/** Which repository the address of a page names. */
export function readRepository(params: Params): RepositoryName {
  return { namespace: params['namespace'] ?? '', name: params['name'] ?? '' };
}

/** Its path in the API. */
export function apiPath({ namespace, name }: RepositoryName): string {
  return at`/v2/repositories/${namespace}/${name}`;
}

/** Its page. */
export function pagePath({ namespace, name }: RepositoryName): string {
  return at`/r/${namespace}/${name}`;
}
