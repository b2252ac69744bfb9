import type { ChainInput } from './contract.js';

/** Markdown table of a chain for Temporal's Web UI: one row per webhook, its host and where it stands. */
export function describeChain(input: ChainInput, states: ReadonlyMap<string, string>): string {
  const rows = input.hops.map(({ position, name, host, delivery_id, carried_over }) => {
    const state = carried_over ? 'success (carried over)' : (states.get(delivery_id) ?? 'pending');
    return `| ${position} | ${escapeCell(name)} | ${escapeCell(host)} | ${state} |`;
  });
  return ['| # | webhook | host | state |', '|--:|---|---|---|', ...rows].join('\n');
}

/** Names are users' text: no table, link or tag of theirs may reach the page. */
function escapeCell(text: string): string {
  return text.replace(/[\\|<>[\]`*_!]/g, '\\$&').replace(/\s+/g, ' ');
}
