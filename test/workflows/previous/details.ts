import type { ChainInput } from './contract.js';

/**
 * A chain as a Markdown list for Temporal's Web UI: each webhook, its host and where it stands. A list, because the
 * UI draws tables without any space between their cells.
 * @param states by delivery id; `rest` is the state of those that have none.
 */
export function describeChain(input: ChainInput, states: ReadonlyMap<string, string>, rest = 'pending'): string {
  return input.hops
    .map(({ position, name, host, delivery_id, carried_over }) => {
      const state = carried_over ? 'success (carried over)' : (states.get(delivery_id) ?? rest);
      return `${position}. **${escapeMarkdown(name)}** at ${host}: ${state}`;
    })
    .join('\n');
}

/** Names are users' text: no link, tag or emphasis of theirs may reach the page. */
function escapeMarkdown(text: string): string {
  return text.replace(/[\\|<>[\]`*_!#]/g, '\\$&').replace(/\s+/g, ' ');
}
