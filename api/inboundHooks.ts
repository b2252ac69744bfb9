import type { Registry } from '../db/inbounds.js';
import { isHubSignature, isSharedSecret } from '../signature.js';
import { readDistribution } from './inbound/distribution.js';
import { readDockerHub } from './inbound/dockerHub.js';
import { readGhcr } from './inbound/ghcr.js';
import { readGitea } from './inbound/gitea.js';
import { readHarbor } from './inbound/harbor.js';
import { readQuay } from './inbound/quay.js';
import type { InboundCall, Told } from './inbound/told.js';
import { readZot } from './inbound/zot.js';

/** A registry's call as it came, before anything of it is believed. */
interface UnprovedCall extends Pick<InboundCall, 'headers'> {
  readonly rawBody: string;
}

/** How a kind of registry tells of pushes. */
interface RegistryHook {
  readonly title: string;
  /** Whether one of the secrets is proved. Left out: such a registry can keep none, and its address is all there is. */
  readonly isProved?: (secrets: readonly string[], call: UnprovedCall) => boolean;
  /** Whether it may tell of repositories beside the one that is meant. */
  readonly tellsOfMany: boolean;
  readonly read: (call: InboundCall) => readonly Told[];
}

/** Each kind of registry, by its name in the API. */
export const REGISTRY_HOOKS: Readonly<Record<Registry, RegistryHook>> = {
  'docker-hub': { title: 'Docker Hub', tellsOfMany: false, read: readDockerHub },
  quay: { title: 'Quay', tellsOfMany: false, read: readQuay },
  harbor: { title: 'Harbor', isProved: isAuthorization, tellsOfMany: true, read: readHarbor },
  zot: { title: 'zot', isProved: isAuthorization, tellsOfMany: true, read: readZot },
  distribution: { title: 'Distribution', isProved: isAuthorization, tellsOfMany: true, read: readDistribution },
  ghcr: {
    title: 'GitHub’s registry',
    isProved: (secrets, { headers, rawBody }) => isHubSignature(secrets, headers['x-hub-signature-256'] ?? '', rawBody),
    tellsOfMany: true,
    read: readGhcr,
  },
  gitea: {
    title: 'Gitea',
    // The same HMAC, without its name before it.
    isProved: (secrets, { headers, rawBody }) => isHubSignature(secrets, `sha256=${headers['x-gitea-signature'] ?? ''}`, rawBody),
    tellsOfMany: true,
    read: readGitea,
  },
};

/** The secret itself as `Authorization`, bare, as `Bearer`, or as the password of `Basic` under any name. */
function isAuthorization(secrets: readonly string[], { headers: { authorization = '' } }: UnprovedCall): boolean {
  const [, basic] = /^Basic +(\S+)$/i.exec(authorization) ?? [];
  if (basic === undefined) return isSharedSecret(secrets, authorization.replace(/^Bearer +/i, ''));
  return isSharedSecret(secrets, Buffer.from(basic, 'base64').toString('utf8').replace(/^[^:]*:/, ''));
}
