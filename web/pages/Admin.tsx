import { api } from '../api';
import { t } from '../language';
import { AuditList } from '../parts/AuditList';
import { HubState } from '../parts/HubState';
import { PausedEndpoints } from '../parts/PausedEndpoints';
import { Reports } from '../parts/Reports';
import { Tabs } from '../parts/Section';
import { Users } from '../parts/Users';
import { useLoad } from '../load';
import type { PageProps } from '../routes';
import type { HubHealth } from '../types';
import { Missing } from './Missing';

const PARTS = { health: Health, users: Users, reports: Reports, endpoints: PausedEndpoints, audit: Audit } as const;
type PartName = keyof typeof PARTS;

/** What the administrator of the hub looks after, part by part. */
export function AdminPage({ params }: PageProps) {
  const part = params['part'] ?? 'health';
  if (!(part in PARTS)) return <Missing />;
  const Part = PARTS[part as PartName];
  return (
    <div>
      <div class="head"><h1>{t().admin.title}</h1></div>
      <Tabs label={t().admin.title} base="/admin" open={part === 'health' ? '' : `/${part}`} tabs={(Object.keys(PARTS) as PartName[]).map((one) => [one === 'health' ? '' : `/${one}`, t().admin.parts[one]] as const)} />
      <Part />
    </div>
  );
}

function Health() {
  const path = '/v2/admin/health';
  return <HubState loaded={useLoad(path, () => api.get<HubHealth>(path))} />;
}

function Audit() {
  return <AuditList path="/v2/admin/auditlogs" hasAccounts />;
}
