import { Type } from '@sinclair/typebox';
import { toNumber } from '../../db/ids.js';
import { deleteTag, deleteTagsOf, findTag, listTags, TAG_ORDERS, type TagOrder, type TagRow } from '../../db/tags.js';
import { ApiError } from '../errors.js';
import { presentPage, readPage } from '../page.js';
import { deleteRegistryManifest, deleteRegistryTag } from '../registryContents.js';
import { alias, defineRoute, getRepository } from '../route.js';
import { Digest, type Platform } from '../schemas/runs.js';
import { Closed, FilterText, PageOf, PageQuery, RepositoryPath } from '../schemas/shapes.js';
import { Tag } from '../schemas/tags.js';

const path = '/v2/repositories/:namespace/:name/tags';
const newerPath = '/v2/namespaces/:namespace/repositories/:name/tags';
const TagPath = Closed({ ...RepositoryPath, tag: Type.String({ examples: ['latest'] }) });

/** A push that named no images still pushed one. */
function listImages({ platforms, digest, size }: TagRow): Partial<Platform>[] {
  const images = JSON.parse(platforms) as Partial<Platform>[];
  if (images.length > 1) return images;
  const only = { ...(digest === null ? {} : { digest }), ...(size === null ? {} : { size }) };
  return [{ ...only, ...images[0] }];
}

function presentImage(image: Partial<Platform>, pushed: string) {
  return {
    architecture: image.architecture ?? 'unknown',
    features: '',
    variant: image.variant ?? null,
    digest: image.digest ?? null,
    os: image.os ?? 'unknown',
    os_features: '',
    os_version: image.os_version ?? null,
    size: image.size ?? 0,
    status: 'active',
    last_pulled: null,
    last_pushed: pushed,
  };
}

/** A tag in Docker Hub's shape. Its clients decode ids as numbers, so numbers stand for ours. */
function presentTag(repositoryId: string) {
  return (tag: TagRow) => ({
    creator: toNumber(tag.pusher),
    id: toNumber(`${repositoryId}/${tag.name}`),
    images: listImages(tag).map((image) => presentImage(image, tag.pushed_at)),
    last_updated: tag.updated,
    last_updater: toNumber(tag.pusher),
    last_updater_username: tag.pusher,
    name: tag.name,
    repository: toNumber(repositoryId),
    full_size: tag.size ?? 0,
    v2: true,
    tag_status: 'active',
    tag_last_pulled: null,
    tag_last_pushed: tag.pushed_at,
    media_type: tag.media_type,
    content_type: 'image',
    digest: tag.digest,
  });
}

const list = defineRoute({
  method: 'GET',
  path,
  summary: 'List tags',
  description: '`ordering=last_updated` is newest first, `-last_updated` oldest first, as on Docker Hub; `-name` is A to Z.',
  may: 'repository:read',
  params: Closed(RepositoryPath),
  query: Closed({
    ...PageQuery,
    name: Type.Optional(FilterText),
    ordering: Type.Optional(Type.String({ enum: TAG_ORDERS, default: 'last_updated' })),
  }),
  responses: { 200: PageOf(Tag) },
  errors: ['invalid_input', 'not_found'],
  async handler(call) {
    const { id } = getRepository(call);
    const { name, ordering = 'last_updated' } = call.query;
    // The schema has checked that it is one of them.
    const page = await listTags(call.db, id, { name, order: ordering as TagOrder }, readPage(call.query));
    return { status: 200, body: presentPage(page, presentTag(id), call) };
  },
});

const get = defineRoute({
  method: 'GET',
  path: `${path}/:tag`,
  summary: 'Get a tag',
  may: 'repository:read',
  params: TagPath,
  responses: { 200: Tag },
  errors: ['not_found'],
  async handler(call) {
    const { id } = getRepository(call);
    const tag = await findTag(call.db, id, call.params.tag);
    if (!tag) throw new ApiError('not_found', `There is no tag ${call.params.tag}`);
    return { status: 200, body: presentTag(id)(tag) };
  },
});

const remove = defineRoute({
  method: 'DELETE',
  path: `${path}/:tag`,
  summary: 'Delete a tag',
  description:
    'In the registry too. Its pushes and their runs stay in the history. A registry that deletes whole images alone ' +
    'refuses while the image has another tag, or stands in the index of one.',
  audit: 'repo.tag.delete',
  may: 'repository:admin',
  params: TagPath,
  responses: { 204: null },
  errors: ['authentication_required', 'forbidden', 'not_found', 'registry_refused', 'registry_unavailable'],
  async handler(call) {
    const { tag } = call.params;
    const repository = getRepository(call);
    const wasThere = await deleteRegistryTag(call, repository, tag);
    if (!(await deleteTag(call.db, repository.id, tag)) && !wasThere) throw new ApiError('not_found', `There is no tag ${tag}`);
    return { status: 204, audit: { data: { tag } } };
  },
});

const removeManifest = defineRoute({
  method: 'DELETE',
  path: '/v2/repositories/:namespace/:name/manifests/:digest',
  summary: 'Delete an image with all its tags',
  description: 'In the registry too. The pushes and their runs stay in the history. Space returns with the registry’s garbage collection.',
  audit: 'repo.tag.delete',
  may: 'repository:admin',
  params: Closed({ ...RepositoryPath, digest: Digest }),
  responses: { 204: null },
  errors: ['invalid_input', 'authentication_required', 'forbidden', 'not_found', 'registry_refused', 'registry_unavailable'],
  async handler(call) {
    const { digest } = call.params;
    const repository = getRepository(call);
    const wasThere = await deleteRegistryManifest(call, repository, digest);
    const tags = await deleteTagsOf(call.db, repository.id, digest);
    if (tags.length === 0 && !wasThere) throw new ApiError('not_found', `There is no image ${digest}`);
    return { status: 204, audit: { data: { digest, tags } } };
  },
});

export const tagRoutes = [
  list, get, remove, removeManifest,
  alias(list, newerPath), alias(get, `${newerPath}/:tag`), alias(remove, `${newerPath}/:tag`),
];
