import test from 'ava';
import { ConfigError, formatDuration, loadConfig, parseDuration } from '../config.js';

/** The faults of an environment; an empty list where it is taken. */
function listFaults(env: Record<string, string>): readonly string[] {
  try {
    loadConfig(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
}

const KEY = Buffer.alloc(32, 1).toString('base64');

test('an empty environment is a whole configuration for a laptop', (t) => {
  const config = loadConfig({});
  t.like(config, {
    publicUrl: 'http://127.0.0.1:7080', adminUsername: 'admin', signup: 'closed', remoteImages: 'off', callbackTimeout: 3_600_000, allowAddresses: [],
    temporal: undefined, secretKeys: undefined, adminPassword: undefined,
  });
  t.deepEqual(config.address, { host: '127.0.0.1', port: 7080 });
  t.regex(config.databaseUrl, /^sqlite:\/.*\/data\/hookline\.db$/);
  t.true(Object.isFrozen(config));
  t.deepEqual(loadConfig({ HOOKLINE_SIGNUP: '', HOOKLINE_PUBLIC_URL: '  ' }).publicUrl, config.publicUrl);
});

test('what is set is read', (t) => {
  const config = loadConfig({
    HOOKLINE_ADDRESS: '[::1]:8080', HOOKLINE_DATA_DIR: '/tmp/x', HOOKLINE_DATABASE_URL: 'postgres://u@h/d', HOOKLINE_SIGNUP: 'open',
    HOOKLINE_SECRET_KEYS: `new:${KEY}, old:${KEY}`, HOOKLINE_CALLBACK_TIMEOUT: '90m', HOOKLINE_ALLOW_ADDRESSES: '10.0.0.0/8, ci.internal:8080',
  });
  t.deepEqual(config.address, { host: '::1', port: 8080 });
  t.like(config, { publicUrl: 'http://[::1]:8080', databaseUrl: 'postgres://u@h/d', signup: 'open', callbackTimeout: 5_400_000 });
  t.deepEqual(config.secretKeys?.map(({ kid, key }) => [kid, key.length]), [['new', 32], ['old', 32]]);
  t.deepEqual(config.allowAddresses, ['10.0.0.0/8', 'ci.internal:8080']);
});

test('a public URL loses its last slash and keeps its path', (t) => {
  t.is(loadConfig({ HOOKLINE_PUBLIC_URL: 'https://hub.example/' }).publicUrl, 'https://hub.example');
  t.is(loadConfig({ HOOKLINE_PUBLIC_URL: 'https://hub.example/hooks/' }).publicUrl, 'https://hub.example/hooks');
});

test('the registry is off, embedded, or one to attach to', (t) => {
  t.deepEqual(loadConfig({}).registry, {
    mode: 'off', address: { host: '127.0.0.1', port: 5000 }, publicUrl: 'http://127.0.0.1:5000', autoCreate: true,
  });
  const embedded = loadConfig({ HOOKLINE_REGISTRY: 'embedded', HOOKLINE_REGISTRY_ADDRESS: '[::1]:80', HOOKLINE_REGISTRY_AUTO_CREATE: 'off' });
  t.deepEqual(embedded.registry, { mode: 'embedded', address: { host: '::1', port: 80 }, publicUrl: 'http://[::1]', autoCreate: false });
  const attached = loadConfig({ HOOKLINE_REGISTRY: 'https://r.example:8443/', HOOKLINE_REGISTRY_URL: 'https://images.example/' });
  t.like(attached.registry, { mode: 'attached', url: 'https://r.example:8443', publicUrl: 'https://images.example' });
});

test('metrics and traces are off until an address is set for them', (t) => {
  t.like(loadConfig({}), { metricsAddress: undefined, metricsToken: undefined, temporalMetricsAddress: undefined, tracing: undefined });
  const config = loadConfig({
    HOOKLINE_METRICS_ADDRESS: '0.0.0.0:9464', HOOKLINE_METRICS_TOKEN: 'x'.repeat(16), HOOKLINE_TEMPORAL_METRICS_ADDRESS: '[::1]:9465',
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318/', OTEL_EXPORTER_OTLP_HEADERS: 'x-key=a%20b, other=c', OTEL_SERVICE_NAME: 'hub',
  });
  t.deepEqual(config.metricsAddress, { host: '0.0.0.0', port: 9464 });
  t.deepEqual(config.tracing, { endpoint: 'http://collector:4318', headers: { 'x-key': 'a b', other: 'c' }, serviceName: 'hub' });
  t.deepEqual(loadConfig({ HOOKLINE_METRICS_ADDRESS: '127.0.0.1:0' }).metricsAddress, { host: '127.0.0.1', port: 0 });
});

test('metrics outside loopback want a token', (t) => {
  for (const address of ['0.0.0.0:9464', '10.0.0.1:9464', '[::]:9464', 'hub.internal:9464', '127.0.0.1.example.com:9464']) {
    t.deepEqual(listFaults({ HOOKLINE_METRICS_ADDRESS: address }), ['HOOKLINE_METRICS_ADDRESS: outside loopback HOOKLINE_METRICS_TOKEN must be set too'], address);
  }
});

const FAULTY: readonly [name: string, values: readonly string[]][] = [
  ['HOOKLINE_ADDRESS', ['7080', 'localhost', '127.0.0.1:65536', ':80', '::1:80']],
  ['HOOKLINE_PUBLIC_URL', ['hub.example', 'ftp://hub.example', 'https://u:p@hub.example', 'https://hub.example/?x', 'https://hub.example/#x']],
  ['HOOKLINE_REGISTRY', ['on', 'registry.example', 'https://r.example/v2', 'https://u:p@r.example', 'ftp://r.example']],
  ['HOOKLINE_REGISTRY_ADDRESS', ['5000', 'localhost']],
  ['HOOKLINE_METRICS_TOKEN', ['short', 'with blanks in the middle', 'ümläutümläutümläut']],
  ['HOOKLINE_TEMPORAL_METRICS_ADDRESS', ['0.0.0.0:9465', '9465']],
  ['OTEL_EXPORTER_OTLP_ENDPOINT', ['collector:4318', 'https://u:p@collector', 'grpc://collector']],
  ['OTEL_EXPORTER_OTLP_HEADERS', ['x', '=y', 'a b=c']],
  ['HOOKLINE_REGISTRY_URL', ['registry.example', 'https://r.example/path']],
  ['HOOKLINE_REGISTRY_AUTO_CREATE', ['yes']],
  ['HOOKLINE_DATABASE_URL', ['mysql://x', 'hub.db', 'sqlite:']],
  ['HOOKLINE_ADMIN_USERNAME', ['A', 'Admin', 'a b']],
  ['HOOKLINE_ADMIN_PASSWORD', ['short']],
  ['HOOKLINE_SIGNUP', ['yes', 'OPEN']],
  ['HOOKLINE_REMOTE_IMAGES', ['yes', 'ON', '1']],
  ['HOOKLINE_SECRET_KEYS', [KEY, 'a:c2hvcnQ=', `a:${KEY},a:${KEY}`, `a b:${KEY}`]],
  ['HOOKLINE_ALLOW_ADDRESSES', ['10.0.0.0/33', 'http://ci.internal', 'ci.internal:0']],
  ['HOOKLINE_CALLBACK_TIMEOUT', ['60', '999ms', '31d', '1w', '-1h']],
  ['HOOKLINE_ENDPOINT_CONCURRENCY', ['0', '-1', 'many']],
  ['HOOKLINE_ENDPOINT_RATE', ['0', '0.5']],
  ['HOOKLINE_ENDPOINT_PAUSE_AFTER', ['0', 'never']],
  ['HOOKLINE_ENDPOINT_PAUSES', [',', '1m,later']],
  ['HOOKLINE_ENDPOINT_HOLD', ['3']],
  ['HOOKLINE_SWEEP_INTERVAL', ['soon']],
  ['HOOKLINE_LOG_LEVEL', ['loud']],
  ['HOOKLINE_TEMPORAL_UI_PORT', ['65536', 'x']],
  ['HOOKLINE_TEMPORAL_UI_URL', ['temporal.internal', 'ftp://temporal.internal']],
];
for (const [name, values] of FAULTY) {
  test(`${name} is refused where it is wrong, alone and by name`, (t) => {
    for (const value of values) {
      const faults = listFaults({ [name]: value });
      t.is(faults.length, 1, value);
      t.true(faults[0]?.startsWith(`${name}: `), faults[0]);
    }
  });
}

test('all faults are told at once', (t) => {
  const env = { HOOKLINE_ADDRESS: 'x', HOOKLINE_SIGNUP: 'x', HOOKLINE_CALLBACK_TIMEOUT: 'x', HOOKLINE_SIGN_UP: 'open' };
  const error = t.throws(() => loadConfig(env), { instanceOf: ConfigError });
  for (const name of Object.keys(env)) t.true(error.message.includes(`${name}: `), name);
  t.is(error.faults.length, 4);
});

test('a misspelt setting is a fault, and other programs\' variables are none of ours', (t) => {
  t.deepEqual(listFaults({ HOOKLINE_PUBLIC_ULR: 'https://hub.example' }), ['HOOKLINE_PUBLIC_ULR: no such setting']);
  t.deepEqual(listFaults({ PATH: '/bin', HOME: '/root', XDG_CACHE_HOME: '/tmp' }), []);
});

test('no value of a secret stands in a message', (t) => {
  const secrets = {
    HOOKLINE_ADMIN_PASSWORD: 'hunt3r',
    HOOKLINE_SECRET_KEYS: 'kid:c2VjcmV0aHVudDNy',
    HOOKLINE_DATABASE_URL: 'mysql://root:hunt3r@db/x',
    HOOKLINE_PUBLIC_URL: 'https://root:hunt3r@hub.example',
    HOOKLINE_PASSWORT: 'hunt3r',
  };
  const message = listFaults(secrets).join('\n');
  t.is(listFaults(secrets).length, 5);
  t.false(/hunt3r|c2VjcmV0/.test(message), message);
});

test('an existing Temporal is used where the environment names one', (t) => {
  const { temporal } = loadConfig({ TEMPORAL_ADDRESS: 'temporal.example:7233', TEMPORAL_NAMESPACE: 'hub' });
  t.is(temporal?.connectionOptions.address, 'temporal.example:7233');
  t.is(temporal?.namespace, 'hub');
  t.is(loadConfig({ TEMPORAL_NAMESPACE: 'hub' }).temporal, undefined);
});

test('durations are read and written in their units', (t) => {
  const durations: readonly [text: string, ms: number][] = [
    ['500ms', 500], ['30s', 30_000], ['5m', 300_000], ['1h', 3_600_000], ['7d', 604_800_000], ['90m', 5_400_000],
  ];
  for (const [text, ms] of durations) t.deepEqual([parseDuration(text), formatDuration(ms)], [ms, text]);
  t.deepEqual([formatDuration(60_000), formatDuration(86_400_000), formatDuration(0)], ['1m', '1d', '0ms']);
  for (const text of ['', '1', 's', '1.5h', '1 h', '1H', '-1s', '1h30m', '1234567890s', '1h\n']) {
    t.throws(() => parseDuration(text), { message: /30s, 5m, 1h/ }, text);
  }
});
