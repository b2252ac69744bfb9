import type { Delivered, Outcome } from './contract.js';

/** The activities as the version before knew them. */
export interface Activities {
  deliver(input: { delivery_id: string }): Promise<Delivered>;
  close(input: { delivery_id: string }): Promise<Outcome>;
  cancel(input: { run_id: string }): Promise<void>;
}
