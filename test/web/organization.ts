import type { Api } from '../e2e/api.js';
import { PASSWORD } from './site.js';

/** An organization of alice's with a team, a repository, an open invitation; a token, a collaborator, and a report by bob. */
export async function buildOrganization(api: Api): Promise<void> {
  await api.login('alice', PASSWORD);
  await api.ask('PATCH', '/v2/user', { full_name: 'Alice Archer', company: 'The Shop', location: 'Zürich' });
  await api.post('/v2/access-tokens', { token_label: 'builds of the shop', scopes: ['repo:write'] });
  await api.post('/v2/repositories/alice/storefront/collaborators', { user: 'bob' });
  await api.post('/v2/orgs', { orgname: 'shop', full_name: 'The Shop' });
  await api.post('/v2/repositories', { namespace: 'shop', name: 'api', description: 'Orders and stock' });
  const { id } = await api.post<{ id: number }>('/v2/orgs/shop/groups', { name: 'developers', description: 'Who build and deploy' });
  await api.post('/v2/orgs/shop/groups/developers/members', { member: 'alice' });
  await api.post('/v2/repositories/shop/api/groups', { group_id: id, permission: 'write' });
  await api.post('/v2/invites/bulk', { org: 'shop', team: 'developers', invitees: ['bob'] });
  await reportComment(api);
}

async function reportComment(api: Api): Promise<void> {
  const path = '/v2/repositories/alice/storefront/comments';
  const { id } = await api.post<{ id: number }>(path, { comment: 'Buy cheap watches' });
  await api.login('bob', PASSWORD);
  await api.post(`${path}/${id}/report`, { reason: 'Advertising' });
}
