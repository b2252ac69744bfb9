import type { Hub } from './hub.js';
import { cancel, close } from './close.js';
import { deliver } from './deliver.js';

/** The activities that workflows call, over the hub's parts. Each does one thing, and may be repeated. */
export function createActivities(hub: Hub) {
  return {
    deliver: (input: { delivery_id: string }) => deliver(hub, input.delivery_id),
    close: (input: { delivery_id: string }) => close(hub, input.delivery_id),
    cancel: (input: { run_id: string }) => cancel(hub, input.run_id),
  };
}

export type Activities = ReturnType<typeof createActivities>;
