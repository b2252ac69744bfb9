import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const BLOCK = 512;

/** A tar archive of one file. */
export function packFile(name: string, text: string): Buffer {
  const content = Buffer.from(text);
  const header = Buffer.alloc(BLOCK);
  const put = (value: string, offset: number) => void header.write(value, offset, 'ascii');
  const octal = (value: number, digits: number) => value.toString(8).padStart(digits, '0');
  put(name, 0);
  put('0000644\0', 100);
  put('0000000\0', 108);
  put('0000000\0', 116);
  put(`${octal(content.length, 11)}\0`, 124);
  put('00000000000\0', 136);
  put('        0', 148);
  put('ustar\0' + '00', 257);
  put(`${octal(header.reduce((sum, byte) => sum + byte, 0), 6)}\0 `, 148);
  return Buffer.concat([header, content, Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK), Buffer.alloc(2 * BLOCK)]);
}

const digest = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

const json = (value: object): Buffer => Buffer.from(JSON.stringify(value));

/** What an OCI document says of another. */
interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
}

async function putBlob(dir: string, mediaType: string, bytes: Buffer): Promise<Descriptor> {
  await mkdir(join(dir, 'blobs', 'sha256'), { recursive: true });
  await writeFile(join(dir, 'blobs', digest(bytes).replace(':', '/')), bytes);
  return { mediaType, digest: digest(bytes), size: bytes.length };
}

/** What was written, and the bytes that a client loads of it: configuration and layers. */
export interface WrittenImage extends Descriptor {
  readonly loaded: number;
}

async function putImage(dir: string, texts: readonly string[], platform: object): Promise<WrittenImage> {
  const tars = texts.map((text, index) => packFile(`file${index}`, text));
  const layers = await Promise.all(tars.map((tar) => putBlob(dir, 'application/vnd.oci.image.layer.v1.tar+gzip', gzipSync(tar))));
  const config = await putBlob(dir, 'application/vnd.oci.image.config.v1+json', json({ ...platform, rootfs: { type: 'layers', diff_ids: tars.map(digest) } }));
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = await putBlob(dir, mediaType, json({ schemaVersion: 2, mediaType, config, layers }));
  return { ...manifest, loaded: [config, ...layers].reduce((sum, { size }) => sum + size, 0) };
}

async function tagLatest(dir: string, { mediaType, digest, size }: Descriptor): Promise<void> {
  await writeFile(join(dir, 'oci-layout'), json({ imageLayoutVersion: '1.0.0' }));
  const entry = { mediaType, digest, size, annotations: { 'org.opencontainers.image.ref.name': 'latest' } };
  await writeFile(join(dir, 'index.json'), json({ schemaVersion: 2, manifests: [entry] }));
}

/** Writes an OCI layout with an image of a layer for each text, tagged `latest`. */
export async function layOutImage(dir: string, texts: readonly string[]): Promise<WrittenImage> {
  const image = await putImage(dir, texts, { architecture: 'amd64', os: 'linux' });
  await tagLatest(dir, image);
  return image;
}

/** The same; answers the digest of its manifest. */
export async function writeImage(dir: string, texts: readonly string[]): Promise<string> {
  return (await layOutImage(dir, texts)).digest;
}

/** Writes an OCI layout with an index, tagged `latest`, of one image for each architecture. */
export async function layOutIndex(dir: string, architectures: readonly string[]): Promise<Descriptor & { images: readonly WrittenImage[] }> {
  const images = await Promise.all(architectures.map((architecture) => putImage(dir, [architecture, 'of every platform'], { architecture, os: 'linux' })));
  const manifests = images.map(({ mediaType, digest, size }, index) => ({ mediaType, digest, size, platform: { architecture: architectures[index], os: 'linux' } }));
  const mediaType = 'application/vnd.oci.image.index.v1+json';
  const index = await putBlob(dir, mediaType, json({ schemaVersion: 2, mediaType, manifests }));
  await tagLatest(dir, index);
  return { ...index, images };
}
