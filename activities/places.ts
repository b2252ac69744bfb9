/** A call under way holds one, and gives it back once. */
export interface Place {
  /** To be called in the end. */
  leave(): void;
}

/** No place now: ask again in so many milliseconds. */
export interface Full {
  readonly askAgainIn: number;
}

/** `perOrigin`: calls at once to one origin that answers. `perRepository`: calls at once of one repository, wherever they go. */
export interface PlaceLimits {
  readonly perOrigin: number;
  readonly perRepository: number;
}

/** One call that is to be made. */
export interface Caller {
  /** Scheme, host and port. */
  readonly origin: string;
  readonly repository: string;
}

/** Of an origin's places one repository gets so much at the most: somebody else's call finds a place, too. */
const SHARE = 0.75;
/** What an origin begins with, as a part of what it may have: each call that ends in time adds a place. */
const FIRST = 0.25;
/** A call that takes longer holds up others: its origin begins anew. Milliseconds. */
const IN_TIME = 5000;
/** How long a call waits here for a place, in milliseconds: going back to the queue costs more than that. */
const PATIENCE = 250;
/** Calls that wait here for an origin, for each of its places. */
const QUEUE = 4;
/** An origin is asked for again within these bounds, in milliseconds. */
const [SOONEST, LATEST] = [50, 5000];
/** How much the newest call says about how long the next one takes. */
const WEIGHT = 0.3;
/** Milliseconds of a call up to which an endpoint is quick. */
const QUICK = 1000;
/** Origins that nothing is heard of for so long are forgotten: milliseconds. */
const MEMORY = 600_000;

interface Waiter extends Caller {
  readonly take: () => void;
}

class Origin {
  /** When each call under way began. */
  readonly calls = new Map<object, Caller & { readonly began: number }>();
  readonly waiters: Waiter[] = [];
  /** What a call takes, in milliseconds, the latest ones counting most. */
  usual = 0;
  /** Who was sent away comes back in turn: when the last one does. */
  private lastTurn = 0;
  seen = performance.now();

  /** @param places how many calls at once it may have now */
  constructor(public places: number) {}

  /** What the next call will take: at least what those under way have taken already. */
  private expect(now: number): number {
    return Math.max(this.usual, ...[...this.calls.values()].map(({ began }) => now - began));
  }

  isQuick(now: number): boolean {
    return this.expect(now) <= QUICK;
  }

  /** A turn behind those who were sent away before. */
  reserve(): number {
    const now = performance.now();
    const step = Math.max(this.expect(now) / this.places, 1);
    this.lastTurn = Math.min(Math.max(this.lastTurn + step, now + SOONEST), now + LATEST);
    return Math.round(this.lastTurn - now);
  }
}

/**
 * Places for calls under way, in this process: one endpoint that hangs takes no more than its own, which grow only
 * while it answers, and one repository leaves some to others. Who finds none is sent away with a time, all of them one after the other, so
 * that a crowd at a slow endpoint does not come back as a crowd.
 */
export class Places {
  private readonly origins = new Map<string, Origin>();
  private readonly repositories = new Map<string, number>();
  private readonly first: number;

  constructor(private readonly limits: PlaceLimits) {
    this.first = Math.ceil(limits.perOrigin * FIRST);
  }

  /** A place, at once or after a moment, or when to ask again. */
  async take(caller: Caller): Promise<Place | Full> {
    const origin = this.getOrigin(caller.origin);
    if (this.isFree(origin, caller)) return this.enter(origin, caller);
    if (!origin.isQuick(performance.now()) || origin.waiters.length >= QUEUE * origin.places) return { askAgainIn: origin.reserve() };
    return (await this.wait(origin, caller)) ?? { askAgainIn: origin.reserve() };
  }

  /** Whether calls to this origin took little time lately, in this process; true where none was made. */
  isQuick(origin: string): boolean {
    return this.origins.get(origin)?.isQuick(performance.now()) ?? true;
  }

  private getOrigin(name: string): Origin {
    const now = performance.now();
    for (const [other, { calls, waiters, seen }] of this.origins) {
      // In the order of their last use: the first young one ends the search.
      if (now - seen < MEMORY) break;
      if (calls.size + waiters.length === 0) this.origins.delete(other);
    }
    const origin = this.origins.get(name) ?? new Origin(this.first);
    origin.seen = now;
    this.origins.delete(name);
    this.origins.set(name, origin);
    return origin;
  }

  private isFree({ calls, places }: Origin, { repository }: Caller): boolean {
    const share = Math.max(1, Math.floor(places * SHARE));
    const own = [...calls.values()].filter((call) => call.repository === repository).length;
    const isEntitled = own < share && (this.repositories.get(repository) ?? 0) < this.limits.perRepository;
    return calls.size < places && isEntitled;
  }

  private enter(origin: Origin, caller: Caller): Place {
    const key = {};
    const began = performance.now();
    origin.calls.set(key, { ...caller, began });
    this.count(caller.repository, 1);
    const leave = () => {
      if (!origin.calls.delete(key)) return;
      this.count(caller.repository, -1);
      const took = performance.now() - began;
      origin.usual = origin.usual === 0 ? took : origin.usual * (1 - WEIGHT) + took * WEIGHT;
      origin.places = took <= IN_TIME ? Math.min(origin.places + 1, this.limits.perOrigin) : this.first;
      while (this.admitWaiter(origin));
    };
    return { leave };
  }

  private count(repository: string, change: number): void {
    const count = (this.repositories.get(repository) ?? 0) + change;
    if (count > 0) this.repositories.set(repository, count);
    else this.repositories.delete(repository);
  }

  private wait(origin: Origin, caller: Caller): Promise<Place | undefined> {
    return new Promise((resolve) => {
      const waiter: Waiter = { ...caller, take: () => { clearTimeout(timer); resolve(this.enter(origin, caller)); } };
      const timer = setTimeout(() => {
        origin.waiters.splice(origin.waiters.indexOf(waiter), 1);
        resolve(undefined);
      }, PATIENCE);
      origin.waiters.push(waiter);
    });
  }

  /** Lets the longest waiting one in that is entitled to a place; false where there is none. */
  private admitWaiter(origin: Origin): boolean {
    const index = origin.waiters.findIndex((waiter) => this.isFree(origin, waiter));
    if (index < 0) return false;
    origin.waiters.splice(index, 1)[0]?.take();
    return true;
  }
}
