import type { ComponentChildren } from 'preact';
import { t } from '../language';
import { Icon } from './Icon';

/** In one picture what a hub does: a push, and its hops. */
export function Welcome({ children }: { readonly children: ComponentChildren }) {
  return (
    <section class="welcome card">
      <div class="stack">
        <h1>{t().welcome.title}</h1>
        <p class="soft">{t().welcome.text}</p>
        <div class="buttons">{children}</div>
      </div>
      <ol class="chain welcome-chain" aria-hidden="true">
        {(['success', 'success', 'waiting'] as const).map((state, index) => (
          <li key={index} class={`hop is-${state}`}>
            <div class="hop-button">
              <span class="hop-mark">{state === 'success' ? <Icon name={index === 0 ? 'tag' : 'check'} /> : <span>{index}</span>}</span>
              <span class="hop-name">{t().welcome.hops[index]}</span>
            </div>
          </li>
        ))}
      </ol>
    </section>
  );
}
