/** A request for a repository by one name alone, or within `library`, as Docker's clients call the official ones. */
const OFFICIAL = /^\/v2\/(?:library\/)?([a-z0-9][a-z0-9._-]*)(\/(?:manifests|referrers)\/[^/]+|\/tags\/list|\/blobs\/(?:uploads(?:\/[^/]*)?|[a-z0-9]+:[^/]+))$/;

/** Looks up the repository that is pulled by `library/NAME`. */
export type FindOfficial = (name: string) => Promise<{ readonly namespace: string; readonly name: string } | undefined>;

/** The request target as the registry knows it: an official repository lies there under its namespace. */
export async function resolveTarget(target: string, findOfficial: FindOfficial): Promise<string> {
  const [path = '', ...query] = target.split('?');
  const [, name, rest] = OFFICIAL.exec(path) ?? [];
  const found = name === undefined ? undefined : await findOfficial(name);
  return found ? [`/v2/${found.namespace}/${found.name}${rest ?? ''}`, ...query].join('?') : target;
}
