/** How a push was taken. Milliseconds. */
export interface Pushed {
  readonly ms: number;
  /** Of the bare call that starts the chain, where the side can tell. */
  readonly startMs?: number;
}

/** What a chain left in the engine, on average. */
export interface EngineCost {
  readonly transitions: number;
  readonly events: number;
  readonly historyBytes: number;
}

/** Something that runs chains: the hub, or what it is compared with. */
export interface Side {
  readonly name: string;
  /** Ids of its processes by what they are. */
  processes(): Readonly<Record<string, readonly number[]>>;
  /** Starts the chain of that number. @throws Error where it is not accepted. */
  push(chain: number): Promise<Pushed>;
  /** Waits until what was started last is over in the engine too, so that its work is counted where it belongs. */
  settle(): Promise<void>;
  /** What the chains pushed last cost in the engine; undefined where it does not tell. */
  cost(): Promise<EngineCost | undefined>;
  /** How many of all pushes did not end as they should, by the side's own record. */
  countLost(): Promise<number>;
  /** How it keeps what it promises, in words. */
  readonly durability: Readonly<Record<string, string>>;
  readonly versions: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}
