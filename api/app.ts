import Router from '@koa/router';
import Koa from 'koa';
import type { Hub } from './hub.js';
import { handleErrors, refuseUnmatched } from './middleware.js';
import { mountRoute, type ResponseFault } from './mount.js';
import { servePages } from './pages.js';
import type { Route } from './route.js';
import { setSecurityHeaders } from './securityHeaders.js';
import { accessTokenRoutes } from './routes/accessTokens.js';
import { adminRoutes } from './routes/admin.js';
import { auditRoutes } from './routes/auditLogs.js';
import { buildRoutes } from './routes/builds.js';
import { callbackRoutes } from './routes/callbacks.js';
import { catalogRoutes } from './routes/catalog.js';
import { chainRoutes } from './routes/chains.js';
import { collaboratorRoutes } from './routes/collaborators.js';
import { commentRoutes } from './routes/comments.js';
import { docsRoutes } from './routes/docs.js';
import { endpointRoutes } from './routes/endpoints.js';
import { healthRoutes } from './routes/health.js';
import { inboundRoutes } from './routes/inbound.js';
import { invitationRoutes } from './routes/invitations.js';
import { loginRoutes } from './routes/login.js';
import { memberRoutes } from './routes/members.js';
import { organizationRoutes } from './routes/organizations.js';
import { permissionRoutes } from './routes/permissions.js';
import { pushRoutes } from './routes/pushes.js';
import { readmeRoutes } from './routes/readme.js';
import { receiverRoutes } from './routes/receivers.js';
import { registryEventRoutes } from './routes/registryEvents.js';
import { registryLoginRoutes } from './routes/registryLogins.js';
import { registryReconcileRoutes } from './routes/registryReconciles.js';
import { registryTokenRoutes } from './routes/registryTokens.js';
import { reportRoutes } from './routes/reports.js';
import { repositoryRoutes } from './routes/repositories.js';
import { runEventRoutes } from './routes/runEvents.js';
import { runRoutes } from './routes/runs.js';
import { planRoutes } from './routes/plans.js';
import { sessionRoutes } from './routes/sessions.js';
import { sourceRoutes } from './routes/sources.js';
import { searchRoutes } from './routes/search.js';
import { starRoutes } from './routes/stars.js';
import { systemRoutes } from './routes/system.js';
import { tagRoutes } from './routes/tags.js';
import { teamMemberRoutes } from './routes/teamMembers.js';
import { teamRoutes } from './routes/teams.js';
import { userRoutes } from './routes/users.js';
import { webhookRoutes } from './routes/webhooks.js';
import { watchRequests } from './watch.js';

/** Every route of the API. */
export const ROUTES: readonly Route[] = [
  ...loginRoutes,
  ...sessionRoutes,
  ...userRoutes,
  ...accessTokenRoutes,
  ...registryTokenRoutes,
  ...registryLoginRoutes,
  ...registryEventRoutes,
  ...registryReconcileRoutes,
  ...organizationRoutes,
  ...memberRoutes,
  ...teamRoutes,
  ...teamMemberRoutes,
  ...invitationRoutes,
  ...repositoryRoutes,
  ...readmeRoutes,
  ...collaboratorRoutes,
  ...permissionRoutes,
  ...tagRoutes,
  ...starRoutes,
  ...commentRoutes,
  ...chainRoutes,
  ...webhookRoutes,
  ...endpointRoutes,
  ...healthRoutes,
  ...pushRoutes,
  // Before the runs: `events` is no run's id.
  ...runEventRoutes,
  ...runRoutes,
  ...callbackRoutes,
  ...receiverRoutes,
  ...planRoutes,
  ...auditRoutes,
  ...adminRoutes,
  ...sourceRoutes,
  ...inboundRoutes,
  ...buildRoutes,
  ...searchRoutes,
  ...catalogRoutes,
  ...reportRoutes,
  ...systemRoutes,
];

export interface AppOptions extends Hub {
  /** What an answer does that does not fit its own schema; by default it is logged. */
  readonly onResponseFault?: ResponseFault;
  /** The folder of the pages; absent: there are none. */
  readonly pages?: string;
}

/** The API as a Koa application over the hub's parts. */
export function createApp({ onResponseFault, pages, ...hub }: AppOptions): Koa {
  const logFault: ResponseFault = ({ method, path }, status, fault) =>
    hub.log.error({ route: `${method} ${path}`, status, fault }, 'an answer does not fit its schema');
  const router = new Router();
  const routes = [...ROUTES, ...docsRoutes(ROUTES, hub.config.publicUrl)];
  for (const route of routes) mountRoute(router, hub, route, onResponseFault ?? logFault);
  const app = new Koa();
  // Koa's own listener prints to stderr; handleErrors has logged already.
  app.silent = true;
  // The address of a caller is what the nearest trusted proxies wrote, or that of the connection.
  app.proxy = hub.config.trustedProxies > 0;
  app.maxIpsCount = hub.config.trustedProxies;
  app.use(setSecurityHeaders(hub.config));
  app.use(watchRequests({ log: hub.log, trustedProxies: hub.config.trustedProxies }));
  app.use(handleErrors(hub.log));
  if (pages !== undefined) app.use(servePages(pages, routes));
  app.use(refuseUnmatched);
  app.use(router.routes());
  app.use(router.allowedMethods());
  return app;
}
