/** Kinds of manifests: an image for one platform, and a list of images. */
const IMAGE_TYPES: readonly string[] = ['application/vnd.oci.image.manifest.v1+json', 'application/vnd.docker.distribution.manifest.v2+json'];
const INDEX_TYPES: readonly string[] = ['application/vnd.oci.image.index.v1+json', 'application/vnd.docker.distribution.manifest.list.v2+json'];
/** What an image's configuration is; of another kind is the one of a chart, of a signature, of a module. */
const CONFIG_TYPES: readonly string[] = ['application/vnd.oci.image.config.v1+json', 'application/vnd.docker.container.image.v1+json'];

/** All that are asked for: a registry answers 404 for a manifest of a kind that is not. */
export const MANIFEST_TYPES: readonly string[] = [...IMAGE_TYPES, ...INDEX_TYPES];

/** Tags under which signatures, attestations and referrers of an image are kept, for want of a better place. */
const ARTIFACT_TAG = /^sha256-[0-9a-f]{64}(\.|$)/;

/** What a manifest refers to, as far as it is of interest. */
export interface Descriptor {
  readonly mediaType?: string | undefined;
  readonly digest?: string | undefined;
  readonly platform?: { readonly architecture?: string | undefined; readonly os?: string | undefined } | undefined;
  readonly annotations?: Readonly<Record<string, unknown>> | undefined;
}

export function isIndex(mediaType: string | undefined): boolean {
  return mediaType !== undefined && INDEX_TYPES.includes(mediaType);
}

export function isManifest(mediaType: string | undefined): boolean {
  return mediaType !== undefined && MANIFEST_TYPES.includes(mediaType);
}

/** Whether a tag is no image that anybody runs: by its name, or by the configuration that its manifest names. */
export function isArtifact(tag: string, mediaType: string | undefined, references: readonly Descriptor[]): boolean {
  if (ARTIFACT_TAG.test(tag)) return true;
  const [config] = references;
  return !isIndex(mediaType) && config?.mediaType !== undefined && !CONFIG_TYPES.includes(config.mediaType);
}

/** Whether an index's entry is an image: builders put attestations beside them, for no platform. */
export function isImage({ mediaType, platform, annotations }: Descriptor): boolean {
  if (!isManifest(mediaType) || annotations?.['vnd.docker.reference.type'] === 'attestation-manifest') return false;
  return !(platform?.architecture === 'unknown' && platform.os === 'unknown');
}

/** Digests of the images that a manifest stands for: those of an index, or its own. */
export function listImages(digest: string, mediaType: string | undefined, references: readonly Descriptor[]): string[] {
  if (!isIndex(mediaType)) return [digest];
  const images = references.filter(isImage).flatMap((reference) => reference.digest ?? []);
  return images.length > 0 ? images : [digest];
}
