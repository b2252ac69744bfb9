/**
 * The waiting room: an activity that has a delivery in hand sits here, and the callback's route of the same process
 * hands it the answer. What is handed over is committed already, so a process that dies takes nothing along.
 */
export interface WaitingRoom<A> {
  /** Takes a seat for a delivery, under way or waiting for its callback. One seat per delivery and process. */
  enter(deliveryId: string): Seat<A>;
  /**
   * To be called before an answer is committed. Where somebody sits here for the delivery, the seat is kept until the
   * claim is settled, so that nobody else needs to be told. Undefined: nobody sits here.
   */
  claim(deliveryId: string): Claim<A> | undefined;
}

/** The place of an activity that has a delivery in hand. */
export interface Seat<A> {
  /** Settles once an answer is handed over; otherwise never. */
  readonly answered: Promise<A>;
  /**
   * Waits for an answer for so many milliseconds, and longer while somebody is committing one. Undefined: there was
   * none, and the seat is left in the same instant, so that no answer can come in between.
   */
  wait(ms: number): Promise<A | undefined>;
  /** Leaves the seat; may be repeated. */
  leave(): void;
}

/** Held by whoever is about to commit an answer. Exactly one of both is to be called. */
export interface Claim<A> {
  /** Hands the committed answer over; false where the seat was left meanwhile. */
  hand(answer: A): boolean;
  /** Nothing was committed. */
  release(): void;
}

class Place<A> implements Seat<A> {
  private hand!: (answer: A) => void;
  readonly answered = new Promise<A>((resolve) => { this.hand = resolve; });
  private claims = 0;
  private isOver = false;
  private giveUp: (() => void) | undefined;

  constructor(readonly leave: () => void) {}

  wait(ms: number): Promise<A | undefined> {
    let timer: NodeJS.Timeout | undefined;
    const over = new Promise<undefined>((resolve) => {
      this.giveUp = () => {
        this.leave();
        resolve(undefined);
      };
      timer = setTimeout(() => {
        this.isOver = true;
        this.leaveUnlessClaimed();
      }, ms);
    });
    return Promise.race([this.answered, over]).finally(() => clearTimeout(timer));
  }

  claim(isSeated: () => boolean): Claim<A> {
    this.claims += 1;
    return {
      hand: (answer) => {
        this.claims -= 1;
        const wasSeated = isSeated();
        this.hand(answer);
        return wasSeated;
      },
      release: () => {
        this.claims -= 1;
        this.leaveUnlessClaimed();
      },
    };
  }

  private leaveUnlessClaimed(): void {
    if (this.isOver && this.claims === 0) this.giveUp?.();
  }
}

/** An empty waiting room. */
export function createWaitingRoom<A>(): WaitingRoom<A> {
  const places = new Map<string, Place<A>>();
  return {
    enter(deliveryId) {
      if (places.has(deliveryId)) throw new Error(`delivery ${deliveryId} is in hand already`);
      const place: Place<A> = new Place(() => {
        if (places.get(deliveryId) === place) places.delete(deliveryId);
      });
      places.set(deliveryId, place);
      return place;
    },
    claim(deliveryId) {
      const place = places.get(deliveryId);
      return place?.claim(() => places.get(deliveryId) === place);
    },
  };
}
