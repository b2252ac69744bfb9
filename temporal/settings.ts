import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { findProjectRoot } from '../programs/root.js';
import { TemporalFile, type AttributeTypeName } from './settingsSchema.js';

/** temporal.yaml, checked. Counts are plain numbers, `retentionMs` is milliseconds. */
export interface TemporalSettings {
  /** Where the server that Hookline starts listens for gRPC. */
  readonly host: string;
  readonly port: number;
  readonly namespace: string;
  readonly retentionMs: number;
  readonly worker: {
    readonly taskQueue: string;
    readonly maxCachedWorkflows: number;
    readonly workflowTaskSlots: number;
    readonly localActivitySlots: number;
    readonly activitySlots: number;
    readonly workflowTaskPollers: number;
    readonly activityTaskPollers: number;
  };
  readonly searchAttributes: Readonly<Record<string, AttributeTypeName>>;
  readonly devServer: { readonly ip: string; readonly uiPort: number; readonly logLevel: string };
  readonly sqlitePragmas: Readonly<Record<string, string>>;
  readonly dynamicConfig: Readonly<Record<string, string | number | boolean>>;
}

/** The faults of temporal.yaml, one line each, every line naming its field. */
export class TemporalSettingsError extends Error {
  constructor(readonly file: string, readonly faults: readonly string[]) {
    super(`${file} has ${faults.length} fault(s):\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
    this.name = 'TemporalSettingsError';
  }
}

const validate = new Ajv2020({ strict: true, allErrors: true, verbose: true }).compile<TemporalFile>(TemporalFile);

/**
 * Reads and checks temporal.yaml, by default the one at the project root.
 * @throws TemporalSettingsError naming each faulty field; an Error where the file cannot be read.
 */
export function loadTemporalSettings(file = join(findProjectRoot(), 'temporal.yaml')): TemporalSettings {
  const raw = parseYaml(file);
  if (!validate(raw)) throw new TemporalSettingsError(file, listFaults(validate.errors ?? []));
  const settings = toSettings(raw);
  const { maxCachedWorkflows, workflowTaskSlots } = settings.worker;
  if (maxCachedWorkflows >= workflowTaskSlots) return settings;
  const fault = `hookline.worker.max-cached-workflows: ${maxCachedWorkflows} is less than workflow-task-slots`;
  throw new TemporalSettingsError(file, [fault]);
}

function parseYaml(file: string): unknown {
  const text = readFileSync(file, 'utf8');
  try {
    return parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new TemporalSettingsError(file, [`not valid YAML: ${reason}`]);
  }
}

/** One line per fault; a union or enum reports itself once for its branches and once as a whole: keep the whole. */
function listFaults(errors: readonly ErrorObject[]): string[] {
  return [...new Set(errors.filter(({ schemaPath }) => !schemaPath.includes('anyOf/')).map(describeFault))];
}

function describeFault({ instancePath, keyword, message, params, parentSchema }: ErrorObject): string {
  const at = (key = '') => `${instancePath}/${key}`.split('/').filter(Boolean).join('.') || 'the file';
  if (keyword === 'additionalProperties') return `${at(String(params['additionalProperty']))}: no such setting`;
  if (keyword === 'required') return `${at(String(params['missingProperty']))}: missing`;
  const choices: unknown = parentSchema?.['anyOf'];
  if (keyword !== 'anyOf' || !Array.isArray(choices)) return `${at()}: ${message ?? keyword}`;
  const names = choices.map((choice: { const?: string; type?: string }) => choice.const ?? choice.type);
  return `${at()}: write one of ${names.join(', ')}`;
}

function toSettings({ env, hookline }: TemporalFile): TemporalSettings {
  const [host = '', port] = env.default.address.split(':');
  return {
    host,
    port: Number(port),
    namespace: env.default.namespace,
    retentionMs: Number.parseInt(hookline.namespace.retention, 10) * 3_600_000,
    worker: toWorkerSettings(hookline.worker),
    searchAttributes: hookline['search-attributes'],
    devServer: {
      ip: hookline['dev-server'].ip,
      uiPort: hookline['dev-server']['ui-port'],
      logLevel: hookline['dev-server']['log-level'],
    },
    sqlitePragmas: hookline['sqlite-pragmas'],
    dynamicConfig: hookline['dynamic-config'],
  };
}

function toWorkerSettings(worker: TemporalFile['hookline']['worker']): TemporalSettings['worker'] {
  return {
    taskQueue: worker['task-queue'],
    maxCachedWorkflows: worker['max-cached-workflows'],
    workflowTaskSlots: worker['workflow-task-slots'],
    localActivitySlots: worker['local-activity-slots'],
    activitySlots: worker['activity-slots'],
    workflowTaskPollers: worker['workflow-task-pollers'],
    activityTaskPollers: worker['activity-task-pollers'],
  };
}
