import { countOpenRuns, countOverdueRuns, countPausedEndpoints, type OpenRuns } from '../../db/gauges.js';
import { findOldestQueued } from '../../db/queue.js';
import { checkReadiness } from '../readiness.js';
import { defineRoute } from '../route.js';
import { HubHealth } from '../schemas/system.js';

function sum(runs: readonly OpenRuns[], state: OpenRuns['state']): number {
  return runs.filter((run) => run.state === state).reduce((all, { count }) => all + count, 0);
}

export const healthRoutes = [
  defineRoute({
    method: 'GET',
    path: '/v2/admin/health',
    summary: 'How the hub does: what it depends on, and what waits',
    may: 'admin',
    responses: { 200: HubHealth },
    errors: ['authentication_required', 'forbidden'],
    async handler(call) {
      const { db } = call;
      const [{ body }, open, oldest, overdue_runs, paused_endpoints] = await Promise.all([
        checkReadiness(call), countOpenRuns(db), findOldestQueued(db), countOverdueRuns(db), countPausedEndpoints(db),
      ]);
      const counts = { queued_runs: sum(open, 'queued'), running_runs: sum(open, 'running'), overdue_runs, paused_endpoints };
      return { status: 200, body: { ...body, oldest_queued_run: oldest ?? null, ...counts } };
    },
  }),
];
