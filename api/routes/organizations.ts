import { deleteOrganization, findOrganization, insertOrganization, listOrganizations, updateOrganization } from '../../db/organizations.js';
import { announceCancel } from '../announce.js';
import { listNamespaceRepositories } from '../../db/repositories.js';
import { ApiError } from '../errors.js';
import { presentOrganization } from '../organizations.js';
import { presentPage, readPage } from '../page.js';
import { emptyRegistryRepository } from '../registryContents.js';
import { defineRoute, getCaller, getOrganization } from '../route.js';
import { NewOrganization, Organization, OrganizationChange } from '../schemas/organizations.js';
import { Closed, OrganizationPath, PageOf, PageQuery } from '../schemas/shapes.js';

const path = '/v2/orgs/:organization';
const params = Closed(OrganizationPath);

export const organizationRoutes = [
  defineRoute({
    method: 'POST',
    path: '/v2/orgs',
    summary: 'Found an organization',
    description: 'The caller becomes its first owner.',
    audit: 'org.create',
    may: 'account',
    body: NewOrganization,
    responses: { 201: Organization },
    errors: ['invalid_input', 'authentication_required', 'forbidden', 'name_taken'],
    async handler(call) {
      const { orgname, full_name = '', company = '', location = '', profile_url = '' } = call.body;
      const profile = { full_name, company, location, profile_url };
      const organization = await insertOrganization(call.db, { ...profile, name: orgname }, getCaller(call).id);
      if (!organization) throw new ApiError('name_taken', `The name ${orgname} is taken`);
      return { status: 201, body: presentOrganization(organization), audit: { account: orgname } };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/v2/user/orgs',
    summary: 'List the organizations that the caller is a member of',
    may: 'user',
    query: Closed(PageQuery),
    responses: { 200: PageOf(Organization) },
    errors: ['invalid_input', 'authentication_required'],
    async handler(call) {
      const page = await listOrganizations(call.db, getCaller(call).id, readPage(call.query));
      return { status: 200, body: presentPage(page, presentOrganization, call) };
    },
  }),
  defineRoute({
    method: 'GET',
    path,
    summary: 'Get the profile of an organization',
    may: 'anyone',
    params,
    responses: { 200: Organization },
    errors: ['not_found'],
    async handler(call) {
      const organization = await findOrganization(call.db, call.params.organization);
      if (!organization) throw new ApiError('not_found');
      return { status: 200, body: presentOrganization(organization) };
    },
  }),
  defineRoute({
    method: 'PATCH',
    path,
    summary: 'Change the profile of an organization',
    audit: 'org.change',
    may: 'organization:owner',
    params,
    body: OrganizationChange,
    responses: { 200: Organization },
    errors: ['invalid_input', 'authentication_required', 'forbidden', 'not_found'],
    async handler(call) {
      const organization = await updateOrganization(call.db, getOrganization(call).id, call.body);
      if (!organization) throw new ApiError('not_found');
      return { status: 200, body: presentOrganization(organization), audit: { data: { fields: Object.keys(call.body) } } };
    },
  }),
  defineRoute({
    method: 'DELETE',
    path,
    summary: 'Delete an organization with all its repositories',
    description: 'Their images in the registry are deleted first, their open runs cancelled.',
    audit: 'org.delete',
    may: 'organization:owner',
    params,
    responses: { 202: null },
    errors: ['authentication_required', 'forbidden', 'not_found', 'registry_refused', 'registry_unavailable'],
    async handler(call) {
      const organization = getOrganization(call);
      for (const repository of await listNamespaceRepositories(call.db, organization.name)) await emptyRegistryRepository(call, repository);
      await announceCancel(call.hub, await deleteOrganization(call.db, organization));
      return { status: 202 };
    },
  }),
];
