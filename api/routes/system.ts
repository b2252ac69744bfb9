import { randomUUID } from 'node:crypto';
import { VERSION } from '../../version.js';
import { checkReadiness } from '../readiness.js';
import { defineRoute } from '../route.js';
import { Closed } from '../schemas/shapes.js';
import { Health, Readiness, Version } from '../schemas/system.js';

/** Tells this process from every other: the start-up check of the public URL looks for it. */
export const INSTANCE = randomUUID();

export const systemRoutes = [
  defineRoute({
    method: 'GET',
    path: '/v2',
    summary: 'Whether the API is spoken here',
    description: 'Docker’s and podman’s search ask this first.',
    may: 'anyone',
    responses: { 200: Closed({}) },
    errors: [],
    handler: async () => ({ status: 200, body: {} }),
  }),
  defineRoute({
    method: 'GET',
    path: '/healthz',
    summary: 'Whether the process is alive',
    may: 'anyone',
    responses: { 200: Health },
    errors: [],
    handler: async () => ({ status: 200, body: { status: 'ok' } }),
  }),
  defineRoute({
    method: 'GET',
    path: '/readyz',
    summary: 'Whether pushes and callbacks are accepted',
    description: '`degraded` while Temporal is away: pushes and callbacks are still accepted and told to it later; and while the registry is. 503 `stopping` from the moment the process is told to stop: requests are still answered, and new ones belong elsewhere.',
    may: 'anyone',
    responses: { 200: Readiness, 503: Readiness },
    errors: [],
    async handler(call) {
      const { body, isReady } = await checkReadiness(call);
      return { status: isReady ? 200 : 503, body };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/version',
    summary: 'Version of the hub, its registry, and whether accounts may be created',
    may: 'anyone',
    responses: { 200: Version },
    errors: [],
    async handler({ hub: { config, keyring } }) {
      const hub = keyring.fingerprints.get(keyring.kid) ?? '';
      const registry = config.registry.mode === 'off' ? null : new URL(config.registry.publicUrl).host;
      return { status: 200, body: { name: 'hookline', version: VERSION, hub, instance: INSTANCE, registry, signup: config.signup } };
    },
  }),
];
