// npm run keys -- rotate: a new key for the tokens of the registry, while hub and registry run.
import { ensureBuilt, ensureInstalled } from './ensure.mjs';
import { importBuilt, runTool, say, ToolError } from './run.mjs';

await runTool(async () => {
  if (process.argv.slice(2).join(' ') !== 'rotate') throw new ToolError('Write: npm run keys -- rotate');
  await ensureInstalled();
  await ensureBuilt();
  const { loadConfig } = await importBuilt('config.js');
  const { openRegistryKeys } = await importBuilt('registry/keys.js');
  const { dataDir } = loadConfig();
  await (await openRegistryKeys(dataDir)).rotate();
  say(`The registry's tokens are signed with a new key of ${dataDir} from now on. Those of the one before stay good for their five minutes.`);
});
