import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Db } from '../../db/connection.js';
import { insertInbound, type InboundRow, type Registry } from '../../db/inbounds.js';
import type { RepositoryRow } from '../../db/repositories.js';
import { findProjectRoot } from '../../programs/root.js';
import { buildRepository, must, TEST_KEYRING, uniqueName } from './builders.js';

/** The secret of addresses that are built. */
export const INBOUND_SECRET = 'a secret of the other registry'.replaceAll(' ', '-');

/** A call of a registry. */
export function readInboundFixture(name: string): string {
  return readFileSync(join(findProjectRoot(), 'test', 'fixtures', 'inbound', `${name}.json`), 'utf8');
}

export type InboundOptions = Partial<Pick<InboundRow, 'provider' | 'upstream'>> & { readonly repository?: RepositoryRow };

/** An address for what is told of `acme/app`. */
export async function buildInbound(db: Db, { repository, provider = 'harbor', upstream = 'acme/app' }: InboundOptions = {}): Promise<InboundRow> {
  const { id } = repository ?? (await buildRepository(db));
  const keepsSecret = provider !== 'docker-hub' && provider !== 'quay';
  const seal = (owner: string) => (keepsSecret ? TEST_KEYRING.seal(INBOUND_SECRET, owner) : null);
  const row = await insertInbound(db, id, { provider, upstream, seal, limit: 20 });
  if (row === 'full') throw new Error('the repository has too many addresses');
  return must(row, 'an address');
}

export interface ProofOptions {
  readonly secret?: string;
  /** Of GitHub's and Gitea's calls. */
  readonly delivery?: string;
  readonly event?: string;
  /** Of a CloudEvent whose attributes are headers. */
  readonly id?: string;
  readonly type?: string;
}

function sign(body: string, secret: string): string {
  return createHmac('sha256', secret).update(Buffer.from(body)).digest('hex');
}

/** The headers that each registry sends with a body. */
export function writeInboundHeaders(provider: Registry, body: string, options: ProofOptions = {}): Record<string, string> {
  const { secret = INBOUND_SECRET, delivery = uniqueName('d'), event = 'package', id = uniqueName('e') } = options;
  const basic = `Basic ${Buffer.from(`hookline:${secret}`).toString('base64')}`;
  const headers: Readonly<Record<Registry, Record<string, string>>> = {
    'docker-hub': {},
    quay: {},
    harbor: { authorization: secret, ...(body.includes('"specversion"') ? { 'content-type': 'application/cloudevents+json' } : {}) },
    distribution: { authorization: `Bearer ${secret}`, 'content-type': 'application/vnd.docker.distribution.events.v2+json' },
    zot: body.includes('"specversion"')
      ? { authorization: basic, 'content-type': 'application/cloudevents+json; charset=utf-8' }
      : { authorization: basic, 'ce-specversion': '1.0', 'ce-id': id, 'ce-source': 'zotregistry.dev', 'ce-type': options.type ?? 'zotregistry.image.updated' },
    ghcr: { 'X-GitHub-Event': event, 'X-GitHub-Delivery': delivery, 'X-Hub-Signature-256': `sha256=${sign(body, secret)}` },
    gitea: { 'X-Gitea-Event': event, 'X-Gitea-Delivery': delivery, 'X-Gitea-Signature': sign(body, secret) },
  };
  return headers[provider];
}
