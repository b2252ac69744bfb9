import { Type } from '@sinclair/typebox';
import { isMember } from '../../db/members.js';
import { countSlots, findNamespaceOf, type NamespaceRow } from '../../db/namespaces.js';
import { ApiError } from '../errors.js';
import { defineRoute, getCaller, getNamespace, type Call } from '../route.js';
import { Closed, NamespacePath } from '../schemas/shapes.js';
import { Plan, RegistrySettings } from '../schemas/users.js';

/** What Docker's clients show as unlimited. */
const UNLIMITED = 9999;

async function findOwnAccount(call: Call, hex: string): Promise<NamespaceRow | undefined> {
  const { id } = getCaller(call);
  if (id === `usr_${hex}`) return findNamespaceOf(call.db, id);
  const organization = `org_${hex}`;
  return (await isMember(call.db, organization, id)) ? findNamespaceOf(call.db, organization) : undefined;
}

export const planRoutes = [
  defineRoute({
    method: 'GET',
    path: '/v2/users/:namespace/registry-settings',
    summary: 'How many private repositories an account has and may have',
    may: 'namespace:owner',
    params: Closed(NamespacePath),
    responses: { 200: RegistrySettings },
    errors: ['authentication_required', 'forbidden', 'not_found'],
    async handler(call) {
      const { used, limit } = await countSlots(call.db, getNamespace(call), call.hub.config.privateLimits);
      const available = Math.max(0, limit - used);
      const body = {
        private_repo_limit: limit,
        private_repo_used: used,
        private_repo_available: available,
        num_free_private_repos: available,
        private_repo_percent_used: limit === 0 ? 100 : Math.min(100, (100 * used) / limit),
        default_repo_visibility: 'public',
      };
      return { status: 200, body };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/api/billing/v4/accounts/:account/hub-plan',
    summary: 'The plan of an account, as Docker’s clients ask for it',
    description: 'Of the caller, or of an organization that the caller is a member of. Nothing is billed here.',
    may: 'user',
    params: Closed({ account: Type.String({ description: '`id` of the user or the organization' }) }),
    responses: { 200: Plan },
    errors: ['authentication_required', 'not_found'],
    async handler(call) {
      const account = await findOwnAccount(call, call.params.account);
      if (!account) throw new ApiError('not_found');
      const { limit } = await countSlots(call.db, account, call.hub.config.privateLimits);
      const everything = { seats: UNLIMITED, teams: UNLIMITED, collaborators: UNLIMITED };
      return { status: 200, body: { name: 'hub', legacy: false, ...everything, private_repos: limit, parallel_builds: 0, duration: 'lifetime' } };
    },
  }),
];
