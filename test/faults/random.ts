import { createHash } from 'node:crypto';

/** Numbers that look drawn by chance and are the same for the same seed, whatever else is drawn meanwhile. */
export class Random {
  private count = 0;

  constructor(private readonly seed: string) {}

  /** A source of its own, which nobody else draws from. */
  fork(name: string): Random {
    return new Random(`${this.seed}/${name}`);
  }

  /** From 0 up to, and without, 1. */
  next(): number {
    this.count += 1;
    return createHash('sha256').update(`${this.seed}#${this.count}`).digest().readUInt32BE(0) / 2 ** 32;
  }

  /** A whole number from `least` to `most`, both included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  /** True in so many of a hundred cases. */
  chance(percent: number): boolean {
    return this.next() * 100 < percent;
  }

  /** One of them, each as often as its weight says. */
  pick<T extends { readonly weight: number }>(from: readonly T[]): T {
    let left = this.next() * from.reduce((sum, { weight }) => sum + weight, 0);
    const found = from.find(({ weight }) => (left -= weight) < 0) ?? from.at(-1);
    if (found === undefined) throw new Error('there is nothing to pick from');
    return found;
  }
}
