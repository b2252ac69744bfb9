import tseslint from 'typescript-eslint';

/** Files at the root that know nothing of the rest, by the name they are imported by. */
const LEAVES = ['address', 'config', 'context', 'crossings', 'edge', 'keys', 'log', 'metrics', 'news', 'signature', 'states', 'tracing', 'version', 'waiting'];

/** Who may import whom: what stands behind a folder is all that its files may reach outside it. */
const ROOMS = {
  // Behind the leaf of the same name: `./…` and packages; and where a leaf is a door to another leaf.
  address: [],
  config: ['config'],
  metrics: [],
  tracing: [],
  db: ['leaves', 'db'],
  'api/schemas': ['states', 'api/schemas'],
  workflows: ['workflows'],
  programs: ['log', 'programs'],
  temporal: ['leaves', 'db', 'programs', 'temporal', 'workflows/contract'],
  registry: ['leaves', 'db', 'programs', 'registry'],
  activities: ['leaves', 'house', 'process', 'observe', 'db', 'registry', 'temporal', 'api/schemas', 'workflows/contract', 'activities'],
  api: ['leaves', 'house', 'process', 'observe', 'db', 'registry', 'temporal', 'workflows/contract', 'api'],
  'tools/demo': ['config', 'tools/demo'],
  bench: ['bench'],
  web: ['web'],
};

/** Imports that climb to the root from a file `depth` folders below it and then go anywhere but to `targets`. */
function forbidBeyond(room, targets, depth) {
  const names = targets.flatMap((target) => (target === 'leaves' ? LEAVES : [target]));
  const allowed = names.map((name) => (name.includes('/contract') || !isFolder(name) ? `${name}\\.js$` : `${name}/`));
  return { regex: `^(\\.\\./){${depth}}(?!\\.\\.)(?!${allowed.join('|') || '$'})`, message: `${room}/ may import only: ${names.join(', ') || 'itself'}.` };
}

function isFolder(name) {
  return name.includes('/') || ['db', 'programs', 'registry', 'workflows', 'temporal', 'activities', 'api', 'bench', 'web'].includes(name);
}

const NOT_FOR_SANDBOX = {
  // A workflow is replayed: it may use nothing that could answer differently the second time.
  regex: '^(?!\\./|@temporalio/(workflow|common)$|\\.\\./activities/index\\.js$)',
  message: 'workflows/ run in a sandbox: only ./…, @temporalio/workflow and types of the activities.',
};

const BY_HTTP = {
  // The hub is measured from outside; what it is compared with is built from the SDKs of others, in folders of its own.
  regex: '^(?!\\.|node:|undici$)',
  message: 'bench/ speaks HTTP: other packages belong into bench/floor/ and bench/peer/.',
};

const rooms = Object.entries(ROOMS).flatMap(([room, targets]) =>
  [1, 2].map((below) => {
    const depth = room.split('/').length - 1 + below;
    const patterns = [forbidBeyond(room, targets, depth)];
    // A room inside a room: the outer one is beyond its walls too.
    if (room.includes('/')) patterns.push({ regex: `^(\\.\\./){${below}}(?!\\.\\.)`, message: `${room}/ may import only: ${targets.join(', ')}.` });
    if (room === 'workflows') patterns.splice(0, 1, NOT_FOR_SANDBOX, { regex: '^\\.\\./activities', message: 'types only', allowTypeImports: true });
    if (room === 'bench' && below === 1) patterns.push(BY_HTTP);
    return {
      files: [`${room}/${'*/'.repeat(below - 1)}*.{ts,tsx}`],
      // The schemas are a room inside api, with a stricter rule of their own.
      ignores: room === 'api' ? ['api/schemas/**'] : [],
      rules: { '@typescript-eslint/no-restricted-imports': ['error', { patterns }] },
    };
  }),
);

/** What stands behind a leaf, in the folder of its name, is for that leaf alone. The rooms' own lists keep them out of it too. */
const DOORS = ['address', 'config', 'metrics', 'tracing'];

function forbidBehind(leaves) {
  const regex = `^(\\./|(\\.\\./)+)(${leaves.join('|')})/`;
  return { '@typescript-eslint/no-restricted-imports': ['error', { patterns: [{ regex, message: 'Import the leaf of that name.' }] }] };
}

const behindLeaves = [
  { files: ['*.ts', 'test/**/*.ts'], ignores: DOORS.map((leaf) => `${leaf}.ts`), rules: forbidBehind(DOORS) },
  ...DOORS.map((leaf) => ({ files: [`${leaf}.ts`], rules: forbidBehind(DOORS.filter((other) => other !== leaf)) })),
];

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'data/'] },
  ...tseslint.configs.strictTypeChecked.map((config) => ({ ...config, files: ['**/*.{ts,tsx}'] })),
  {
    files: ['**/*.{ts,tsx}'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      eqeqeq: 'error',
      'no-restricted-syntax': ['error', { selector: 'ImportExpression', message: 'The rules of who imports whom see static imports only.' }],
      'no-console': 'off',
      'no-empty': ['error', { allowEmptyCatch: false }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-confusing-void-expression': 'off',
      // Numbers in messages and URLs are what they look like.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // Parts are closures behind interfaces; none of them reads `this`.
      '@typescript-eslint/unbound-method': 'off',
      // Handlers are async by their type, whether or not they wait for something.
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    files: ['**/*.{ts,tsx}'],
    ignores: ['config.ts', 'programs/**', 'temporal/**', 'test/**', 'bench/**'],
    rules: {
      'no-restricted-properties': ['error', { object: 'process', property: 'env', message: 'config.ts alone reads the environment.' }],
    },
  },
  ...rooms,
  ...behindLeaves,
);
