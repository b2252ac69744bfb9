import type { Static } from '@sinclair/typebox';
import { listAuditEvents, type AuditEventRow, type AuditFilter } from '../../db/audit.js';
import { findFounding } from '../../db/namespaces.js';
import { AUDIT_ACTIONS } from '../audit.js';
import { presentPage, readPage } from '../page.js';
import { defineRoute, getNamespace, type Call } from '../route.js';
import { AuditActions, AuditLog, AuditQuery, HubAuditQuery } from '../schemas/audit.js';
import { Closed, NamespacePath } from '../schemas/shapes.js';

const path = '/v2/auditlogs/:namespace';
const descriptions: Readonly<Record<string, string>> = AUDIT_ACTIONS;

function presentEvent({ id, account, action, name, actor, data, address, created }: AuditEventRow) {
  const action_description = `${actor} ${descriptions[action] ?? action}${name ? `: ${name}` : ''}`;
  return { id, account, action, name, actor, data: JSON.parse(data) as object, ip_address: address, timestamp: created, action_description };
}

const LABELS: Readonly<Record<string, string>> = {
  repo: 'Repository', org: 'Organization', team: 'Team', account: 'Account', token: 'Access token', comment: 'Comment',
};

function groupActions() {
  const groups: Record<string, { label: string; actions: { name: string; description: string; label: string }[] }> = {};
  for (const [name, description] of Object.entries(AUDIT_ACTIONS)) {
    const [group = '', ...rest] = name.split('.');
    groups[group] ??= { label: LABELS[group] ?? group, actions: [] };
    groups[group].actions.push({ name, description, label: rest.join(' ') });
  }
  return groups;
}

async function answerLog(call: Call<unknown, Static<typeof AuditQuery>>, limit: AuditFilter) {
  const { action, name, actor, from, to } = call.query;
  const filter = { action, name, actor, from: toIso(from), to: toIso(to), ...limit };
  const page = await listAuditEvents(call.db, filter, readPage(call.query));
  // Docker Hub's name for the results of this one list.
  const { results: logs, ...rest } = presentPage(page, presentEvent, call);
  return { status: 200, body: { ...rest, logs } };
}

export const auditRoutes = [
  defineRoute({
    method: 'GET',
    path,
    summary: 'Read the audit log of a user or an organization, newest first',
    description: 'Who did what to which repository, team or account, when, from where.',
    may: 'namespace:owner',
    params: Closed(NamespacePath),
    query: AuditQuery,
    responses: { 200: AuditLog },
    errors: ['invalid_input', 'authentication_required', 'forbidden', 'not_found'],
    async handler(call) {
      const namespace = getNamespace(call);
      // An organization that is gone may have had this name: its log is not for whoever took it since.
      const founding = await findFounding(call.db, namespace);
      const from = toIso(call.query.from) ?? founding;
      return answerLog(call, { account: namespace.name, from: from > founding ? from : founding });
    },
  }),
  defineRoute({
    method: 'GET',
    path: `${path}/actions`,
    summary: 'List the actions that an audit log can name',
    may: 'namespace:owner',
    params: Closed(NamespacePath),
    responses: { 200: AuditActions },
    errors: ['authentication_required', 'forbidden', 'not_found'],
    handler: async () => ({ status: 200, body: { actions: groupActions() } }),
  }),
  defineRoute({
    method: 'GET',
    path: '/v2/admin/auditlogs',
    summary: 'Read the audit log of the whole hub, newest first',
    description: 'Also of organizations that are gone.',
    may: 'admin',
    query: HubAuditQuery,
    responses: { 200: AuditLog },
    errors: ['invalid_input', 'authentication_required', 'forbidden'],
    handler: (call) => answerLog(call, { account: call.query.account }),
  }),
];

/** A moment as columns hold it: with another offset or precision it would not compare as text. */
function toIso(moment: string | undefined): string | undefined {
  return moment === undefined ? undefined : new Date(moment).toISOString();
}
