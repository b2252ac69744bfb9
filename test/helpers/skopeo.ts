import { join } from 'node:path';
import { runProgram, type Outcome } from '../clients/program.js';
import { writeImage } from './ociImage.js';
import { tempDir } from './ports.js';

type Cleaner = Parameters<typeof tempDir>[0];

/** skopeo at one registry. Images are named `NAMESPACE/NAME:TAG`; credentials are `name:secret`, without any it comes as nobody. */
export interface Skopeo {
  /** An empty folder of its own. */
  readonly dir: string;
  /** Pushes an image that has a layer for each text; answers what it is, and the folder where it lies. */
  push(image: string, creds: string | undefined, texts: readonly string[]): Promise<Outcome & { digest: string; layout: string }>;
  /** Pushes what is tagged `latest` in an OCI layout; of an index all images. */
  pushLayout(image: string, creds: string | undefined, layout: string): Promise<Outcome>;
  /** From one name at the registry to another, without the bytes that can be mounted; says what it does. */
  copy(from: string, to: string, creds: string): Promise<Outcome>;
  pull(image: string, creds?: string): Promise<Outcome>;
  remove(image: string, creds?: string): Promise<Outcome>;
  /** The digest that a tag has in the registry; undefined where it tells none. */
  findDigest(image: string, creds?: string): Promise<string | undefined>;
  login(creds: string): Promise<Outcome>;
}

/** skopeo with a home of its own, at a registry's HOST:PORT. */
export async function startSkopeo(t: Cleaner, host: string): Promise<Skopeo> {
  const dir = await tempDir(t);
  let count = 0;
  const run = async (...args: string[]): Promise<Outcome> => runProgram('skopeo', ['--insecure-policy', ...args], { env: { HOME: dir, REGISTRY_AUTH_FILE: join(dir, 'auth.json') } });
  const identify = (creds: string | undefined, way = ''): string[] => (creds === undefined ? [`--${way}no-creds`] : [`--${way}creds`, creds]);
  const locate = (image: string): string => `docker://${host}/${image}`;
  const pushLayout: Skopeo['pushLayout'] = (image, creds, layout) => run('copy', '--all', '--dest-tls-verify=false', ...identify(creds, 'dest-'), `oci:${layout}:latest`, locate(image));
  return {
    dir,
    async push(image, creds, texts) {
      const layout = join(dir, `image${count += 1}`);
      const digest = await writeImage(layout, texts);
      return { digest, layout, ...(await pushLayout(image, creds, layout)) };
    },
    pushLayout,
    copy: async (from, to, creds) => run('--debug', 'copy', '--src-tls-verify=false', '--dest-tls-verify=false', ...identify(creds, 'src-'), ...identify(creds, 'dest-'), locate(from), locate(to)),
    pull: async (image, creds) => run('copy', '--all', '--src-tls-verify=false', ...identify(creds, 'src-'), locate(image), `dir:${join(dir, `pulled${count += 1}`)}`),
    remove: async (image, creds) => run('delete', '--tls-verify=false', ...identify(creds), locate(image)),
    async findDigest(image, creds) {
      const { code, output } = await run('inspect', '--tls-verify=false', ...identify(creds), '--format', '{{.Digest}}', locate(image));
      return code === 0 ? output.trim() : undefined;
    },
    login: async (creds) => run('login', '--tls-verify=false', '-u', creds.split(':')[0] ?? '', '-p', creds.split(':').slice(1).join(':'), host),
  };
}
