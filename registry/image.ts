import type { Manifest, RegistryClient } from './client.js';
import { isArtifact, isImage, isIndex, listImages, type Descriptor } from './mediaTypes.js';

/** One image of a tag, by the names of the OCI image index. */
export interface PlatformImage {
  readonly digest: string;
  readonly architecture?: string;
  readonly os?: string;
  readonly variant?: string;
  readonly os_version?: string;
  /** Bytes, compressed: configuration and layers. */
  readonly size?: number;
}

/** What a registry has under a tag. */
export interface RegistryImage {
  readonly digest: string;
  readonly mediaType: string;
  /** Digests of the images. */
  readonly images: readonly string[];
  readonly platforms: readonly PlatformImage[];
  /** Bytes of one platform's image, the first; null where the manifest does not tell. */
  readonly size: number | null;
  readonly isArtifact: boolean;
}

/** Images of one index that are read. */
const MAX_PLATFORMS = 100;
/** Manifests that are read for one tag: an index may stand in an index, but not for ever. */
const MAX_MANIFESTS = 200;
const MAX_WORD = 64;
const DIGEST = /^[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[0-9a-fA-F]{32,128}$/;

type Json = Readonly<Record<string, unknown>>;

/**
 * Reads a manifest with all that it takes to show it; undefined where the registry has none. Manifests are anybody's
 * texts: what is not as it should be is left out.
 * @throws RegistryAwayError
 */
export async function readImage(client: RegistryClient, repository: string, place: { tag: string; reference: string }): Promise<RegistryImage | undefined> {
  const manifest = await client.findManifest(repository, place.reference);
  if (!manifest) return undefined;
  const { digest, mediaType } = manifest;
  const references = listReferences(manifest);
  const platforms = isIndex(mediaType) ? await readIndex(client, repository, references) : [await readSingle(client, repository, manifest)];
  return {
    digest,
    mediaType,
    images: listImages(digest, mediaType, references),
    platforms,
    size: platforms[0]?.size ?? null,
    isArtifact: isArtifact(place.tag, mediaType, references),
  };
}

/** What a manifest names: the images of an index; configuration and layers of an image. */
function listReferences({ mediaType, content }: Manifest): Descriptor[] {
  const { manifests, config, layers } = asObject(content);
  const entries = isIndex(mediaType) ? asList(manifests) : [config, ...asList(layers)];
  return entries.map(readDescriptor);
}

function readDescriptor(entry: unknown): Descriptor {
  const { mediaType, digest, platform, annotations } = asObject(entry);
  return {
    mediaType: typeof mediaType === 'string' ? mediaType : undefined,
    digest: typeof digest === 'string' && DIGEST.test(digest) ? digest : undefined,
    platform: asObject(platform),
    annotations: asObject(annotations),
  };
}

async function readIndex(client: RegistryClient, repository: string, references: readonly Descriptor[], budget = { left: MAX_MANIFESTS }): Promise<PlatformImage[]> {
  const platforms: PlatformImage[] = [];
  for (const { digest, platform } of references.filter(isImage)) {
    if (digest === undefined || platforms.length >= MAX_PLATFORMS || budget.left <= 0) continue;
    budget.left -= 1;
    const manifest = await client.findManifest(repository, digest);
    if (!manifest) platforms.push({ digest, ...readPlatform(platform) });
    else if (!isIndex(manifest.mediaType)) platforms.push({ digest, ...(readPlatform(platform) ?? (await readConfig(client, repository, manifest))), ...readSize(manifest) });
    else platforms.push(...(await readIndex(client, repository, listReferences(manifest), budget)));
  }
  return platforms.slice(0, MAX_PLATFORMS);
}

async function readSingle(client: RegistryClient, repository: string, manifest: Manifest): Promise<PlatformImage> {
  return { digest: manifest.digest, ...(await readConfig(client, repository, manifest)), ...readSize(manifest) };
}

/** The configuration of an image names its platform. */
async function readConfig(client: RegistryClient, repository: string, manifest: Manifest): Promise<Partial<PlatformImage> | undefined> {
  const [config] = listReferences(manifest);
  if (config?.digest === undefined || isArtifact('', manifest.mediaType, [config])) return undefined;
  return readPlatform(await client.findDocument(repository, config.digest));
}

/** Undefined where it is no platform. */
function readPlatform(value: unknown): Partial<PlatformImage> | undefined {
  const { architecture, os, variant, 'os.version': osVersion } = asObject(value);
  if (!isWord(architecture) || !isWord(os)) return undefined;
  return { architecture, os, ...(isWord(variant) ? { variant } : {}), ...(isWord(osVersion) ? { os_version: osVersion } : {}) };
}

/** What a client loads: configuration and layers. Nothing where one of them has no proper size. */
function readSize({ content }: Manifest): Pick<PlatformImage, 'size'> {
  const { config, layers } = asObject(content);
  const sizes = [config, ...asList(layers)].map((part) => asObject(part)['size']);
  const size = sizes.reduce<number>((sum, part) => sum + (typeof part === 'number' && part >= 0 ? part : NaN), 0);
  return Number.isSafeInteger(size) ? { size } : {};
}

function isWord(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= MAX_WORD && /^[\x20-\x7e]+$/.test(value);
}

function asObject(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
