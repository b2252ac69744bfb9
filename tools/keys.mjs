// npm run keys -- rotate | configuration: what the hub and its registry share. status | reseal: the hub's own secret keys.
import { ensureBuilt, ensureInstalled } from './ensure.mjs';
import { importBuilt, runTool, say, ToolError } from './run.mjs';
import { reseal, status } from './secretKeys.mjs';

const COMMANDS = { rotate, configuration, status, reseal };

/** A new key for the tokens of the registry, while hub and registry run. */
async function rotate(keys, { dataDir }) {
  await keys.rotate();
  say(`The registry's tokens are signed with a new key of ${dataDir} from now on. Those of the one before stay good for their five minutes.`);
}

/** What a registry of the operator's needs in its own configuration, as YAML on standard output. */
async function configuration(keys, config) {
  const { stringify } = await import('yaml');
  const { agree, describeAgreement } = await importBuilt('registry/configuration.js');
  const { openKeyring } = await importBuilt('house.js');
  const agreement = agree({ config, keyring: openKeyring(config), keys, hubUrl: config.publicUrl });
  say('# rootcertbundle: copy this certificate to the registry\'s machine. The rest holds secrets: give the file the mode 0600.');
  say(stringify(describeAgreement(agreement), { lineWidth: 0 }).trimEnd());
}

await runTool(async () => {
  const [name = '', ...rest] = process.argv.slice(2);
  if (!Object.hasOwn(COMMANDS, name) || rest.length > 0) throw new ToolError(`Write: npm run keys -- ${Object.keys(COMMANDS).join(', -- ')}`);
  await ensureInstalled();
  await ensureBuilt();
  const { loadConfig } = await importBuilt('config.js');
  const { openRegistryKeys } = await importBuilt('registry/keys.js');
  const config = loadConfig();
  return COMMANDS[name](await openRegistryKeys(config.dataDir), config);
});
