// The API's shapes as the pages read them, named as in its OpenAPI document.
export type RunState = 'queued' | 'running' | 'success' | 'failure' | 'error' | 'canceled';
export type DeliveryState = 'pending' | 'delivering' | 'waiting' | 'success' | 'failure' | 'error' | 'canceled' | 'skipped';
export type AnyState = RunState | DeliveryState;
export type CallbackState = 'success' | 'failure' | 'error';

export interface OwnUser {
  readonly id: string;
  readonly username: string;
  readonly full_name: string;
  readonly location: string;
  readonly company: string;
  readonly profile_url: string;
  readonly date_joined: string;
  readonly email: string;
  readonly is_admin: boolean;
}

export interface CurrentSession extends OwnUser {
  readonly session_id: string | null;
  /** Where Temporal's Web UI shows workflows, up to the id. */
  readonly workflows_url: string | null;
  readonly expires: string | null;
}

export interface RepositoryItem {
  readonly name: string;
  readonly namespace: string;
  readonly repo_name: string;
  readonly description: string;
  readonly star_count: number;
  readonly pull_count: number;
  readonly is_private: boolean;
  readonly is_automated: boolean;
  readonly is_official: boolean;
  readonly last_updated: string | null;
  readonly last_modified: string;
  readonly date_registered: string;
}

export interface Repository extends RepositoryItem {
  readonly full_description: string;
  readonly collaborator_count: number;
  readonly comment_count: number;
  readonly has_starred: boolean;
  readonly permissions: { readonly read: boolean; readonly write: boolean; readonly admin: boolean };
  readonly storage_size: number;
  readonly source: string | null;
}

export interface SearchResult {
  readonly repo_name: string;
  readonly short_description: string;
  readonly pull_count: number;
  readonly repo_owner: string;
  readonly star_count: number;
  readonly is_automated: boolean;
  readonly is_official: boolean;
}

export interface TagImage {
  readonly architecture: string;
  readonly os: string;
  readonly variant: string | null;
  readonly digest: string | null;
  readonly size: number;
}

export interface Tag {
  readonly name: string;
  readonly images: readonly TagImage[];
  readonly full_size: number;
  readonly digest: string | null;
  readonly media_type: string | null;
  readonly last_updated: string;
  readonly last_updater_username: string;
}

export interface Comment {
  readonly id: number;
  readonly user: string;
  readonly comment: string;
  readonly created_on: string;
  readonly updated_on: string;
}

export interface Push {
  readonly id: string;
  readonly tag: string;
  readonly digest: string | null;
  readonly images: readonly string[];
  readonly media_type: string | null;
  readonly size: number | null;
  readonly pusher: string;
  readonly pushed_at: string;
  readonly source: string;
  readonly test: boolean;
}

export interface AcceptedPush {
  readonly id: string;
  readonly runs: readonly { readonly id: string; readonly chain: string; readonly state: RunState }[];
}

export type Headers = Readonly<Record<string, string>>;

export interface Attempt {
  readonly number: number;
  readonly started: string;
  readonly duration_ms: number | null;
  readonly status: number | null;
  readonly error: string | null;
  readonly error_detail: string | null;
  readonly request_headers: Headers | null;
  readonly request_body: string | null;
  readonly response_headers: Headers | null;
  readonly response_body: string | null;
}

export interface RecordedCallback {
  readonly state: CallbackState;
  readonly description: string | null;
  readonly context: string | null;
  readonly target_url: string | null;
  readonly received: string;
}

export interface Delivery {
  readonly id: string;
  readonly position: number;
  readonly name: string;
  readonly hook_url: string;
  readonly state: DeliveryState;
  readonly reason: string | null;
  readonly next_attempt: string | null;
  readonly callback_due: string | null;
  readonly carried_over_from: string | null;
  readonly attempts: readonly Attempt[];
  readonly callback: RecordedCallback | null;
}

export interface Run {
  readonly id: string;
  readonly state: RunState;
  readonly chain: { readonly slug: string; readonly name: string };
  readonly push: Push;
  readonly created: string;
  readonly finished: string | null;
  readonly workflow_id: string;
  readonly redelivery_of: string | null;
  readonly deliveries: readonly Delivery[];
}

export interface Endpoint {
  readonly state: 'active' | 'paused';
  readonly reason: string | null;
  readonly paused_since: string | null;
  readonly paused_until: string | null;
  readonly failures: number;
}

export interface Webhook {
  readonly id: string;
  readonly position: number;
  readonly name: string;
  readonly hook_url: string;
  readonly expect_callback: boolean | null;
  readonly callback_timeout: string | null;
  readonly require_signed_callback: boolean;
  readonly secret?: string;
  readonly endpoint: Endpoint;
}

export interface Chain {
  readonly name: string;
  readonly slug: string;
  readonly expect_final_callback: boolean;
  readonly active: boolean;
  readonly webhooks: readonly Webhook[];
  readonly created: string;
  readonly last_updated: string;
}

export interface Inbound {
  readonly id: string;
  readonly provider: string;
  readonly upstream: string | null;
  readonly url: string;
  readonly secret?: string;
  readonly has_secret: boolean;
  readonly last_received: string | null;
  readonly last_outcome: string | null;
  readonly created: string;
}

export interface ReceivedCall {
  readonly id: string;
  readonly received: string;
  readonly headers: Headers;
  readonly body: string | null;
  /** What was called back; null until then. */
  readonly callback_state: CallbackState | null;
}

export interface Receiver {
  readonly id: string;
  readonly name: string;
  readonly url: string;
  readonly created: string;
  readonly calls?: readonly ReceivedCall[];
}

export interface Session {
  readonly id: string;
  readonly created: string;
  readonly expires: string;
  readonly is_current: boolean;
  readonly access_token: string | null;
}

export interface AccessToken {
  readonly uuid: string;
  readonly token: string;
  readonly token_label: string;
  readonly scopes: readonly string[];
  readonly is_active: boolean;
  readonly created_at: string;
  readonly last_used: string | null;
  readonly expires_at: string | null;
  readonly repository: string | null;
}

export interface RegistrySettings {
  readonly private_repo_limit: number;
  readonly private_repo_used: number;
  readonly private_repo_available: number;
}

export interface TeamPermission {
  readonly group_id: number;
  readonly group_name: string;
  readonly permission: string;
}

export interface Organization {
  readonly id: string;
  readonly orgname: string;
  readonly full_name: string;
  readonly location: string;
  readonly company: string;
  readonly profile_url: string;
  readonly date_joined: string;
}

export interface Member {
  readonly id: string;
  readonly username: string;
  readonly full_name: string;
  readonly role: string;
  readonly groups: readonly string[];
}

export interface Team {
  readonly id: number;
  readonly name: string;
  readonly description: string;
  readonly member_count: number;
}

export interface Invitation {
  readonly id: string;
  readonly inviter_username: string;
  readonly invitee: string;
  readonly org: string;
  readonly team: string;
  readonly role: string;
  readonly created_at: string;
}

export interface InvitationOutcomes {
  readonly invitees: readonly { readonly invitee: string; readonly status: string }[];
}

export interface AuditEvent {
  readonly id: string;
  readonly account: string;
  readonly action: string;
  readonly name: string;
  readonly actor: string;
  readonly ip_address: string;
  readonly timestamp: string;
  readonly action_description: string;
}

export interface AuditLog {
  readonly count: number;
  readonly logs: readonly AuditEvent[];
}

export interface ManagedUser extends OwnUser {
  readonly private_repo_limit: number | null;
  readonly private_repos_used: number;
  readonly private_repos_allowed: number;
}

export interface Report {
  readonly id: string;
  readonly state: string;
  readonly repository: string;
  readonly comment: Comment;
  readonly reporter: string;
  readonly reason: string;
  readonly created_on: string;
}

export interface PausedEndpoint {
  readonly webhook: { readonly id: string; readonly name: string };
  readonly namespace: string;
  readonly repository: string;
  readonly chain: string;
  readonly host: string;
  readonly held: number;
  readonly endpoint: Endpoint;
}

export interface HubHealth {
  readonly status: string;
  readonly database: string;
  readonly migrations: string;
  readonly temporal: string;
  readonly registry: string;
  readonly oldest_queued_run: { readonly id: string; readonly namespace: string; readonly repository: string; readonly created: string } | null;
  readonly queued_runs: number;
  readonly running_runs: number;
  readonly overdue_runs: number;
  readonly paused_endpoints: number;
}
