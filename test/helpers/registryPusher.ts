import { createHash, randomBytes } from 'node:crypto';
import type { TestApi } from './api.js';

const OCI = 'application/vnd.oci.image';

/** A manifest as it is pushed. */
export interface Built {
  readonly digest: string;
  readonly mediaType: string;
  readonly bytes: Buffer;
  readonly blobs: readonly Buffer[];
  /** Bytes of configuration and layers. */
  readonly size: number;
}

export interface Platform {
  readonly architecture: string;
  readonly os: string;
  readonly variant?: string;
}

export function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** An image of two layers that no other has, for a platform; `configType` makes it something else. */
export function buildImage(platform: Platform = { architecture: 'amd64', os: 'linux' }, configType = `${OCI}.config.v1+json`): Built {
  const layers = [randomBytes(64), randomBytes(96)];
  const config = Buffer.from(JSON.stringify({ ...platform, rootfs: { type: 'layers', diff_ids: layers.map(digestOf) } }));
  const describe = (mediaType: string) => (blob: Buffer) => ({ mediaType, digest: digestOf(blob), size: blob.length });
  const mediaType = `${OCI}.manifest.v1+json`;
  const content = { schemaVersion: 2, mediaType, config: describe(configType)(config), layers: layers.map(describe(`${OCI}.layer.v1.tar+gzip`)) };
  const bytes = Buffer.from(JSON.stringify(content));
  return { digest: digestOf(bytes), mediaType, bytes, blobs: [config, ...layers], size: config.length + 64 + 96 };
}

/** A list of images by platform, with the attestation that builders put beside them. */
export function buildIndex(images: readonly (readonly [Platform, Built])[], attestation?: Built): Built {
  const mediaType = `${OCI}.index.v1+json`;
  const entries = images.map(([platform, image]) => ({ mediaType: image.mediaType, digest: image.digest, size: image.bytes.length, platform }));
  const unknown = attestation && {
    mediaType: attestation.mediaType, digest: attestation.digest, size: attestation.bytes.length,
    platform: { architecture: 'unknown', os: 'unknown' }, annotations: { 'vnd.docker.reference.type': 'attestation-manifest' },
  };
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests: [...entries, ...(unknown ? [unknown] : [])] }));
  return { digest: digestOf(bytes), mediaType, bytes, blobs: [], size: 0 };
}

/** Somebody who pushes over HTTP as a client does, with tokens that the hub's keys sign. */
export class Pusher {
  constructor(private readonly api: TestApi, private readonly url: string, private readonly username: string) {}

  async ask(repository: string, path: string, options: RequestInit & { actions?: string[]; pullsFrom?: string } = {}): Promise<Response> {
    const { actions = ['pull', 'push'], pullsFrom, ...init } = options;
    const access = [{ type: 'repository', name: repository, actions }, ...(pullsFrom === undefined ? [] : [{ type: 'repository', name: pullsFrom, actions: ['pull'] }])];
    const { token } = await this.api.hub.registryKeys.sign({ subject: this.username, access });
    const headers = { ...(init.headers as Record<string, string> | undefined), authorization: `Bearer ${token}` };
    return fetch(new URL(path.startsWith('/') ? `/v2/${repository}${path}` : path, this.url), { ...init, headers });
  }

  async putBlobs(repository: string, { blobs }: Built): Promise<void> {
    for (const blob of blobs) {
      const begun = await this.ask(repository, '/blobs/uploads/', { method: 'POST' });
      const place = new URL(begun.headers.get('location') ?? '', this.url);
      place.searchParams.set('digest', digestOf(blob));
      const done = await this.ask(repository, place.href, { method: 'PUT', body: new Uint8Array(blob), headers: { 'content-type': 'application/octet-stream' } });
      if (done.status !== 201) throw new Error(`a blob was answered ${done.status}: ${await done.text()}`);
    }
  }

  async putManifest(repository: string, reference: string, { bytes, mediaType }: Built): Promise<void> {
    const done = await this.ask(repository, `/manifests/${reference}`, { method: 'PUT', body: new Uint8Array(bytes), headers: { 'content-type': mediaType } });
    if (done.status !== 201) throw new Error(`a manifest was answered ${done.status}: ${await done.text()}`);
  }

  /** Pushes an image under a tag. */
  async push(repository: string, tag: string, image: Built = buildImage()): Promise<Built> {
    await this.putBlobs(repository, image);
    await this.putManifest(repository, tag, image);
    return image;
  }

  /** Pushes an index under a tag, its images before it. */
  async pushIndex(repository: string, tag: string, index: Built, images: readonly Built[]): Promise<void> {
    for (const image of images) {
      await this.putBlobs(repository, image);
      await this.putManifest(repository, image.digest, image);
    }
    await this.putManifest(repository, tag, index);
  }

  async pull(repository: string, reference: string): Promise<number> {
    const answer = await this.ask(repository, `/manifests/${reference}`, { headers: { accept: `${OCI}.manifest.v1+json, ${OCI}.index.v1+json` } });
    await answer.arrayBuffer();
    return answer.status;
  }

  async remove(repository: string, reference: string): Promise<number> {
    return (await this.ask(repository, `/manifests/${reference}`, { method: 'DELETE', actions: ['delete'] })).status;
  }
}
