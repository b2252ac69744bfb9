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

/** Writes an OCI layout with an image of a layer for each text, tagged `latest`; answers the digest of its manifest. */
export async function writeImage(dir: string, texts: readonly string[]): Promise<string> {
  await mkdir(join(dir, 'blobs', 'sha256'), { recursive: true });
  const put = async (mediaType: string, bytes: Buffer) => {
    await writeFile(join(dir, 'blobs', digest(bytes).replace(':', '/')), bytes);
    return { mediaType, digest: digest(bytes), size: bytes.length };
  };
  const json = (value: object) => Buffer.from(JSON.stringify(value));
  const tars = texts.map((text, index) => packFile(`file${index}`, text));
  const layers = await Promise.all(tars.map((tar) => put('application/vnd.oci.image.layer.v1.tar+gzip', gzipSync(tar))));
  const config = await put('application/vnd.oci.image.config.v1+json', json({ architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: tars.map(digest) } }));
  const manifest = await put('application/vnd.oci.image.manifest.v1+json', json({ schemaVersion: 2, mediaType: 'application/vnd.oci.image.manifest.v1+json', config, layers }));
  await writeFile(join(dir, 'oci-layout'), json({ imageLayoutVersion: '1.0.0' }));
  const entry = { ...manifest, annotations: { 'org.opencontainers.image.ref.name': 'latest' } };
  await writeFile(join(dir, 'index.json'), json({ schemaVersion: 2, manifests: [entry] }));
  return manifest.digest;
}
