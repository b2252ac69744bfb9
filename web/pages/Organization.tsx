import { Link, useLocation } from 'wouter-preact';
import { api, at, type Page } from '../api';
import { t } from '../language';
import { useLoad } from '../load';
import { announce } from '../parts/announce';
import { AuditList } from '../parts/AuditList';
import { Failure } from '../parts/Failure';
import { TypedDelete } from '../parts/Gone';
import { Members } from '../parts/Members';
import { OrganizationRepositories } from '../parts/OrganizationRepositories';
import { Section, Tabs } from '../parts/Section';
import { Teams } from '../parts/Teams';
import { Waiting } from '../parts/Waiting';
import type { PageProps } from '../routes';
import { session } from '../session';
import type { Member, Organization } from '../types';
import { Missing } from './Missing';

/** What parts of an organization's page get. */
export interface OrganizationPart {
  readonly name: string;
  /** Whether the visitor may change things. */
  readonly isOwner: boolean;
}

/** The parts by their addresses; some are the owners' alone. */
const PARTS = {
  repositories: { part: OrganizationRepositories, isOwners: false },
  members: { part: Members, isOwners: false },
  teams: { part: Teams, isOwners: false },
  audit: { part: Audit, isOwners: true },
  settings: { part: Deletion, isOwners: true },
} as const;
type PartName = keyof typeof PARTS;

/** An organization, part by part. Whoever is no member sees its public repositories. */
export function OrganizationPage({ params }: PageProps) {
  const name = params['org'] ?? '';
  const part = params['part'] ?? 'repositories';
  const path = at`/v2/orgs/${name}`;
  const { data: organization, failure } = useLoad(path, () => api.get<Organization>(path));
  const mine = useLoad(`${path}#mine`, () => api.get<Page<Member>>(`${path}/members`, { search: session.value?.username, page_size: 100 }));
  if (failure?.status === 404 || !(part in PARTS)) return <Missing />;
  if (!organization || mine.isLoading) return failure ? <Failure failure={failure} /> : <Waiting lines={5} />;
  const role = mine.data?.results.find(({ username }) => username === session.value?.username)?.role;
  const isOwner = role === 'Owner' || session.value?.is_admin === true;
  const isMember = mine.data !== undefined;
  const { part: Part, isOwners } = PARTS[part as PartName];
  const isSeen = isOwners ? isOwner : isMember || part === 'repositories';
  const shown = (Object.keys(PARTS) as PartName[]).filter((one) => (PARTS[one].isOwners ? isOwner : isMember || one === 'repositories'));
  return (
    <div>
      <header class="org-head">
        <p class="small-text"><Link href="/orgs">{t().orgs.title}</Link></p>
        <h1>{organization.orgname}</h1>
        {organization.full_name !== '' && <p class="soft">{organization.full_name}</p>}
      </header>
      <Tabs label={t().orgs.parts} base={at`/orgs/${name}`} open={part === 'repositories' ? '' : `/${part}`} tabs={shown.map((one) => [one === 'repositories' ? '' : `/${one}`, t().orgs[one]] as const)} />
      {isSeen ? <Part name={name} isOwner={isOwner} /> : <Missing />}
    </div>
  );
}

function Audit({ name }: OrganizationPart) {
  return <AuditList path={at`/v2/auditlogs/${name}`} />;
}

function Deletion({ name }: OrganizationPart) {
  const [, go] = useLocation();
  const work = async () => {
    await api.delete(at`/v2/orgs/${name}`);
    announce(t().settings.deleted(name));
    go('/orgs');
  };
  return (
    <Section title={t().orgs.deleteTitle} text={t().orgs.deleteText} isDangerous>
      <TypedDelete name={name} button={t().orgs.deleteTitle} text={t().orgs.deleteMore} work={work} />
    </Section>
  );
}
