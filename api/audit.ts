import { insertAuditEvent } from '../db/audit.js';
import type { AuditNote, Call } from './route.js';

/** What is written into the audit log, by Docker Hub's names, and what each means. */
export const AUDIT_ACTIONS = {
  'repo.create': 'created the repository',
  'repo.delete': 'deleted the repository',
  'repo.change.description': 'changed the descriptions of the repository',
  'repo.change.privacy': 'changed the visibility of the repository',
  'repo.change.official': 'changed whether the repository is official',
  'repo.collaborator.add': 'added a collaborator',
  'repo.collaborator.remove': 'removed a collaborator',
  'repo.permission.set': 'set the permission of a team',
  'repo.permission.remove': 'removed the permission of a team',
  'repo.tag.delete': 'deleted a tag',
  'repo.comment.delete': 'deleted a comment',
  'comment.report.dismiss': 'dismissed a report of a comment',
  'comment.report.hide': 'hid a reported comment',
  'repo.webhook.create': 'created a webhook chain',
  'repo.webhook.change': 'changed a webhook chain',
  'repo.webhook.delete': 'deleted a webhook chain',
  'repo.webhook.rotate': 'gave a webhook a new secret',
  'repo.webhook.resume': 'ended the pause of a webhook',
  'repo.webhook.test': 'tested a webhook chain',
  'repo.run.cancel': 'cancelled a run',
  'repo.run.redeliver': 'redelivered a run',
  'repo.source.set': 'linked a source repository',
  'repo.source.remove': 'unlinked the source repository',
  'repo.inbound.create': 'opened an address for pushes to another registry',
  'repo.inbound.rotate': 'gave an address for pushes to another registry a new secret',
  'repo.inbound.delete': 'closed an address for pushes to another registry',
  'org.create': 'created the organization',
  'org.change': 'changed the organization',
  'org.delete': 'deleted the organization',
  'org.member.role': 'changed the role of a member',
  'org.member.remove': 'removed a member',
  'org.member.invite': 'invited members',
  'org.member.join': 'accepted an invitation',
  'org.invite.remove': 'removed an invitation',
  'team.create': 'created a team',
  'team.change': 'changed a team',
  'team.delete': 'deleted a team',
  'team.member.add': 'added a member to a team',
  'team.member.remove': 'removed a member from a team',
  'account.create': 'created the user',
  'account.change': 'changed the profile',
  'account.password': 'changed the password',
  'account.limit': 'changed the limit of private repositories',
  'account.session.remove': 'ended a session',
  'account.registry-login.remove': 'ended a login at the registry',
  'receiver.create': 'opened a test receiver',
  'receiver.delete': 'closed a test receiver',
  'token.create': 'created an access token',
  'token.change': 'changed an access token',
  'token.delete': 'revoked an access token',
} as const;

export type AuditAction = keyof typeof AUDIT_ACTIONS;

/**
 * Writes who did what from where. It follows the handler's own commit and precedes the answer: what was acknowledged
 * stands in the log.
 */
export async function recordAudit({ db, found, caller, address }: Call, action: AuditAction, note: AuditNote = {}): Promise<void> {
  const { repository, organization, namespace } = found;
  // Nobody is logged in where a user signs up: it is the new user who acts.
  const actor = caller?.username ?? note.account ?? '';
  await insertAuditEvent(db, {
    account: note.account ?? repository?.namespace ?? organization?.name ?? namespace?.name ?? actor,
    action,
    name: note.name ?? repository?.name ?? '',
    actor,
    data: JSON.stringify(note.data ?? {}),
    address,
  });
}
