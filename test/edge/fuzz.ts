import { drawRequest, type CallbackRequest } from './callbackRequests.js';
import { Random } from './random.js';
import { sendAll, Wire, type WireAnswer } from './wire.js';

/** Requests that go one behind the other before their answers are read. */
const PIPELINED = 8;
/** Wrong answers that are shown; more say the same. */
const SHOWN = 20;

export interface FuzzOptions {
  /** Of 127.0.0.1. */
  readonly port: number;
  /** Where callbacks go. */
  readonly paths: readonly string[];
  readonly bodies: number;
  readonly seed: number;
  readonly connections: number;
  /** Draws what goes to a path; callbacks of every kind unless it is given. */
  readonly draw?: (random: Random, path: string) => CallbackRequest;
  /** After so many each time. */
  readonly onProgress?: (tried: number) => void;
}

export interface FuzzReport {
  readonly seed: number;
  readonly tried: number;
  /** Answers by status. */
  readonly statuses: Readonly<Record<number, number>>;
  /** Callbacks by kind. */
  readonly kinds: Readonly<Record<string, number>>;
  /** Answers that none of their kind may have, in words; and connections that ended without one. */
  readonly faults: readonly string[];
  readonly faultCount: number;
}

/** Sends callbacks of every kind over many connections that stay open, and judges each answer by what was sent. */
export async function fuzz({ port, paths, bodies, seed, connections, draw = drawRequest, onProgress }: FuzzOptions): Promise<FuzzReport> {
  const tally = new Tally(onProgress);
  const lanes = Array.from({ length: connections }, async (_, lane) => {
    // Each connection draws for itself, so that the seed brings the same bodies again whatever the timing.
    const random = new Random(seed + lane * 0x9e3779b1);
    const wire = new Wire(port);
    for (let left = Math.floor(bodies / connections) + (lane < bodies % connections ? 1 : 0); left > 0;) {
      const requests = Array.from({ length: Math.min(left, PIPELINED) }, () => draw(random, random.pick(paths)));
      left -= requests.length;
      await sendBatch(wire, requests, tally);
    }
    wire.destroy();
  });
  await Promise.all(lanes);
  return { seed, ...tally.report() };
}

async function sendBatch(wire: Wire, requests: readonly CallbackRequest[], tally: Tally): Promise<void> {
  try {
    const answers = await sendAll(wire, requests.map(({ bytes }) => bytes));
    answers.forEach((answer, index) => tally.judge(requests[index], answer));
  } catch (error) {
    wire.destroy();
    tally.note(`${error instanceof Error ? error.message : String(error)}, among: ${requests.map(({ kind }) => kind).join(', ')}`);
  }
}

class Tally {
  private tried = 0;
  private readonly statuses: Record<number, number> = {};
  private readonly kinds: Record<string, number> = {};
  private readonly faults: string[] = [];
  private faultCount = 0;

  constructor(private readonly onProgress: FuzzOptions['onProgress']) {}

  judge(request: CallbackRequest | undefined, { status, text }: WireAnswer): void {
    this.tried += 1;
    this.statuses[status] = (this.statuses[status] ?? 0) + 1;
    if (request) this.kinds[request.kind] = (this.kinds[request.kind] ?? 0) + 1;
    if (!request?.statuses.includes(status)) {
      this.note(`${status} ${text.slice(0, 300)} to ${request?.kind ?? 'nothing'}: ${JSON.stringify(request?.bytes.toString('latin1').slice(0, 1500))}`);
    }
    this.onProgress?.(this.tried);
  }

  note(fault: string): void {
    this.faultCount += 1;
    if (this.faults.length < SHOWN) this.faults.push(fault);
  }

  report(): Omit<FuzzReport, 'seed'> {
    const { tried, statuses, kinds, faults, faultCount } = this;
    return { tried, statuses, kinds, faults, faultCount };
  }
}
