import { buildPayload } from '../chain.js';
import { post } from '../http.js';

/** One webhook of the floor. */
export interface FloorHop {
  readonly hook: string;
  readonly callback: string;
  readonly digest: string;
}

/** The one activity: a POST over kept connections, without a check, a signature or a record. */
export const activities = {
  async post({ hook, callback, digest }: FloorHop): Promise<void> {
    const { status } = await post(hook, buildPayload(digest, callback));
    if (status >= 300) throw new Error(`the receiver answered ${status}`);
  },
};

export type FloorActivities = typeof activities;
