import { Type } from '@sinclair/typebox';
import { recordBuilds } from '../../db/builds.js';
import { replaceHookSecret } from '../../db/hookSecrets.js';
import { deleteSource, findSource, findSourceById, setSource, type Provider, type SourceRow } from '../../db/sources.js';
import { openSecrets } from '../../keys.js';
import { isHubSignature } from '../../signature.js';
import { presentReceipt, presentSource } from '../builds.js';
import { ApiError, createInputError } from '../errors.js';
import { makeHookSecret, prepareRotation } from '../hookSecrets.js';
import { defineRoute, getRepository, type Call } from '../route.js';
import { Source, SourceHeaders, SourceInput, SourceReceipt } from '../schemas/builds.js';
import { HookCall } from '../schemas/hooks.js';
import { Closed, RepositoryPath } from '../schemas/shapes.js';
import { SOURCE_PROVIDERS } from '../sourceHooks.js';

const path = '/v2/repositories/:namespace/:name/source';
const params = Closed(RepositoryPath);
const adminErrors = ['authentication_required', 'forbidden', 'not_found'] as const;
/** Bytes. GitHub tells of up to 2048 commits in one push; Bitbucket sends at most 256 KB. */
const BODY_LIMIT = 5 * 1024 * 1024;

async function getSource(call: Call): Promise<SourceRow> {
  const source = await findSource(call.db, getRepository(call).id);
  if (!source) throw new ApiError('not_found', 'No source repository is linked');
  return source;
}

/**
 * The source of this address, once the call is known to come from it: the signature holds over the bytes that were
 * sent. They are `rawBody` encoded again: it was decoded from UTF-8 strictly, byte order mark included, and that loses
 * nothing.
 */
async function getSigned({ hub, db, headers, rawBody }: Call, id: string): Promise<SourceRow> {
  const source = await findSourceById(db, id);
  if (!source) throw new ApiError('not_found');
  const signature = headers[SOURCE_PROVIDERS[source.provider].signature] ?? '';
  if (!isHubSignature(openSecrets(hub.keyring, source), signature, rawBody)) throw new ApiError('invalid_signature');
  return source;
}

async function acceptPush({ db, headers, body }: Call, source: SourceRow) {
  const { delivery, readPush } = SOURCE_PROVIDERS[source.provider];
  const requestId = headers[delivery];
  if (!requestId) throw createInputError({ [delivery]: 'is required' });
  const push = readPush(body);
  if (push.source.toLowerCase() !== source.source.toLowerCase()) {
    throw createInputError({ 'repository.full_name': `must be the linked source, ${source.source}` });
  }
  const recorded = await recordBuilds(db, source, requestId, push.requests);
  if (!recorded) throw new ApiError('not_found');
  const { builds, repeated } = recorded;
  if (builds.length === 0) return { status: 202, body: presentReceipt('Ignored: the push leaves no branch or tag to build') };
  return { status: repeated ? 200 : 201, body: presentReceipt(repeated ? 'Recorded before' : 'Recorded', builds) };
}

export const sourceRoutes = [
  defineRoute({
    method: 'GET',
    path,
    summary: 'Get the linked source repository',
    may: 'repository:admin',
    params,
    responses: { 200: Source },
    errors: adminErrors,
    handler: async (call) => ({ status: 200, body: presentSource(call.hub, await getSource(call)) }),
  }),
  defineRoute({
    method: 'PUT',
    path,
    summary: 'Link a source repository',
    description:
      'The same source keeps its `webhook_url` and, unless one is given, its secret. Another source is another link, ' +
      'with both anew; builds that are not over are cancelled. A generated secret is shown once.',
    audit: 'repo.source.set',
    may: 'repository:admin',
    params,
    body: SourceInput,
    responses: { 200: Source, 201: Source },
    errors: ['invalid_input', ...adminErrors],
    async handler(call) {
      const { source, dockerfile = 'Dockerfile', secret: given } = call.body;
      // The schema has checked that it is one of them.
      const link = { provider: call.body.provider as Provider, source, dockerfile };
      const secret = given ?? makeHookSecret();
      const seal = (id: string): string => call.hub.keyring.seal(secret, id);
      const set = await setSource(call.db, getRepository(call).id, link, { isGiven: given !== undefined, seal });
      if (!set) throw new ApiError('not_found');
      const shown = set.isNew && given === undefined ? secret : undefined;
      return { status: set.isNew ? 201 : 200, body: presentSource(call.hub, set.source, shown), audit: { data: link } };
    },
  }),
  defineRoute({
    method: 'POST',
    path: `${path}/rotate_secret`,
    summary: 'Give the link a new secret',
    description: 'Shown this once. For 24 hours calls signed with either are accepted.',
    audit: 'repo.source.set',
    may: 'repository:admin',
    params,
    responses: { 200: Source },
    errors: adminErrors,
    async handler(call) {
      const { id } = await getSource(call);
      const { shown, kept } = prepareRotation(call.hub, id);
      await replaceHookSecret(call.db, 'sources', kept);
      return { status: 200, body: presentSource(call.hub, await getSource(call), shown), audit: { data: { rotated: true } } };
    },
  }),
  defineRoute({
    method: 'DELETE',
    path,
    summary: 'Unlink the source repository',
    description: 'Its builds that are not over are cancelled.',
    audit: 'repo.source.remove',
    may: 'repository:admin',
    params,
    responses: { 204: null },
    errors: adminErrors,
    async handler(call) {
      if (!(await deleteSource(call.db, getRepository(call).id))) throw new ApiError('not_found', 'No source repository is linked');
      return { status: 204 };
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/v2/sources/:id/hook',
    summary: 'Webhook of a source repository',
    description:
      'Called by GitHub or Bitbucket. A push asks for a build of each branch and tag that it leaves; the same call ' +
      'again asks for nothing new. Unknown fields are ignored.',
    may: 'anyone',
    params: Closed({ id: Type.String() }),
    headers: SourceHeaders,
    body: HookCall,
    bodyLimit: BODY_LIMIT,
    responses: { 200: SourceReceipt, 201: SourceReceipt, 202: SourceReceipt },
    errors: ['invalid_input', 'malformed_json', 'invalid_signature', 'not_found', 'body_too_large', 'unsupported_media_type'],
    async handler(call) {
      const source = await getSigned(call, call.params.id);
      const { event, pushEvent, pingEvent } = SOURCE_PROVIDERS[source.provider];
      const name = call.headers[event];
      if (name === pushEvent) return acceptPush(call, source);
      if (name !== undefined && name === pingEvent) return { status: 200, body: presentReceipt('The webhook is set up') };
      return { status: 202, body: presentReceipt(`Ignored: only ${pushEvent} asks for builds`) };
    },
  }),
];
