import { randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';
import pLimit from 'p-limit';

const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt);
/** OWASP's least for scrypt: N = 2^17, r = 8, p = 1, which takes 128 MiB and about 0.3 s. */
const COST = { N: 2 ** 17, r: 8, p: 1 } as const;
const MAX_MEMORY = 256 * 1024 * 1024;
const KEY_BYTES = 32;

/** Hashing shares the cores and libuv's threads with all other work and must leave it room. */
const limit = pLimit(Math.min(2, Math.max(1, availableParallelism() - 1)));

interface Cost {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

async function hash(password: string, salt: Buffer, { N, r, p }: Cost): Promise<Buffer> {
  return derive(password.normalize('NFKC'), salt, KEY_BYTES, { N, r, p, maxmem: MAX_MEMORY });
}

/** A password as it is stored: `scrypt$N$r$p$salt$key`, base64. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const key = await limit(() => hash(password, salt, COST));
  return ['scrypt', COST.N, COST.r, COST.p, salt.toString('base64'), key.toString('base64')].join('$');
}

/**
 * Whether a password matches what is stored. Without a stored one it does the same work and says no, so that the
 * answer's time does not tell which users exist. `before` runs when the turn has come, and may call it off by throwing.
 */
export async function checkPassword(password: string, stored: string | undefined, before = async () => {}): Promise<boolean> {
  return limit(async () => {
    await before();
    return matches(password, stored);
  });
}

async function matches(password: string, stored: string | undefined): Promise<boolean> {
  const [, N, r, p, salt, key] = stored?.split('$') ?? [];
  if (!salt || !key) {
    await hash(password, Buffer.alloc(16), COST);
    return false;
  }
  const actual = await hash(password, Buffer.from(salt, 'base64'), { N: Number(N), r: Number(r), p: Number(p) });
  return timingSafeEqual(actual, Buffer.from(key, 'base64'));
}
