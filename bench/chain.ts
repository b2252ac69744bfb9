/** Where a webhook of the bench is called, and what its receiver does then. */
export interface Place {
  readonly side: string;
  /** From 1. */
  readonly position: number;
  readonly hops: number;
  /** Milliseconds between the answer and the callback; `hold`: no callback until the bench says so. */
  readonly delay: number | 'hold';
}

/** When a chain passed each of its hops, in their order; milliseconds since the epoch, by the receivers' clock. */
export interface Trace {
  readonly chain: number;
  readonly called: number[];
  readonly sent: number[];
  readonly answered: number[];
}

/** What the receivers of one side saw. */
export interface Counts {
  webhooks: number;
  /** Calls of a hop that had been called before. */
  duplicates: number;
  /** Those of them that came after the hop's callback had been accepted. */
  afterClose: number;
  /** Callbacks that were refused for good. */
  refused: number;
  /** Callbacks that were sent again, after a 5xx or no answer. */
  retried: number;
}

/** Milliseconds of callbacks that were released: until they were answered, and until the next hop was called. */
export interface Released {
  readonly answers: readonly number[];
  readonly hops: readonly number[];
}

/** A place as the path of a URL. */
export function formatPlace({ side, position, hops, delay }: Place): string {
  return `/hook/${side}/${position}/${hops}/${delay}`;
}

/** The place that a path names. */
export function parsePlace(path: string): Place {
  const [, , side = '', position, hops, delay] = path.split('/');
  return { side, position: Number(position), hops: Number(hops), delay: delay === 'hold' ? 'hold' : Number(delay) };
}

/** A digest that carries the number of a chain through whatever is measured. */
export function chainDigest(chain: number): string {
  return `sha256:${chain.toString(16).padStart(64, '0')}`;
}

/** The number in such a digest. */
export function readChain(digest: string): number {
  return Number.parseInt(digest.slice(-12), 16);
}

/** A webhook's body as large as the hub's, for sides that have none of their own. */
export function buildPayload(digest: string, callback_url: string): object {
  const moment = Math.floor(Date.now() / 1000);
  return {
    callback_url,
    push_data: { images: [], pushed_at: moment, pusher: 'admin', tag: 'latest', digest, media_type: null },
    repository: {
      comment_count: 0, date_created: moment, description: '', dockerfile: '', full_description: '', is_official: false,
      is_private: false, is_trusted: false, name: 'bench', namespace: 'admin', owner: 'admin', repo_name: 'admin/bench',
      repo_url: 'http://127.0.0.1:7080/u/admin/bench/', star_count: 0, status: 'Active',
    },
  };
}
