import { t } from '../language';
import type { AnyState, Run } from '../types';

/** A state as a coloured word. */
export function State({ state }: { readonly state: AnyState }) {
  return <span class={`state is-${state}`}>{t().states[state]}</span>;
}

/** A run as a small chain of coloured dots. Its words, for those who do not see colours: how many of how many, and the state. */
export function Dots({ run }: { readonly run: Run }) {
  const states = run.deliveries.map(({ state }) => state);
  const done = states.filter((state) => state === 'success').length;
  return (
    <span class="dots" role="img" aria-label={t().run.dots(done, states.length, t().states[run.state])} title={run.deliveries.map(({ name, state }) => `${name}: ${t().states[state]}`).join('\n')}>
      {states.map((state, position) => (
        <span key={position} class={`dot is-${state}`} />
      ))}
    </span>
  );
}
