import { Type } from '@sinclair/typebox';
import { getReconcile, requestReconcile, type ReconcileRow } from '../../db/registryReconciles.js';
import { defineRoute } from '../route.js';
import { Closed, Moment, Nullable } from '../schemas/shapes.js';

const path = '/v2/admin/registry/reconcile';
const errors = ['authentication_required', 'forbidden'] as const;
const Count = Type.Integer();

const Reconcile = Closed(
  {
    requested: Nullable(Moment),
    started: Nullable(Moment),
    finished: Nullable({ ...Moment, description: 'Of the last that came to its end' }),
    result: Nullable(
      Closed({
        repositories: Count,
        tags: Count,
        found: Type.Integer({ description: 'Tags that nobody had told of' }),
        removed: Count,
        created: Type.Integer({ description: 'Repositories that nobody had told of' }),
      }),
    ),
  },
  { title: 'RegistryReconcile' },
);

function presentReconcile({ requested, started, finished, result }: ReconcileRow) {
  return { requested, started, finished, result: result === null ? null : (JSON.parse(result) as object) };
}

export const registryReconcileRoutes = [
  defineRoute({
    method: 'POST',
    path,
    summary: 'Compare all tags with the registry’s',
    description:
      'As the hub does at its start, hourly, and when the registry was started anew. What the registry has and nobody told ' +
      'of becomes a push with the source `reconcile`; what it has no more is removed.',
    may: 'admin',
    responses: { 202: Reconcile },
    errors,
    handler: async (call) => ({ status: 202, body: presentReconcile(await requestReconcile(call.db)) }),
  }),
  defineRoute({
    method: 'GET',
    path,
    summary: 'When all tags were last compared with the registry’s',
    may: 'admin',
    responses: { 200: Reconcile },
    errors,
    handler: async (call) => ({ status: 200, body: presentReconcile(await getReconcile(call.db)) }),
  }),
];
