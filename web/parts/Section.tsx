import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { Link } from 'wouter-preact';

interface SectionProps {
  readonly title: string;
  readonly text?: string;
  /** What stands beside the title, such as a button. */
  readonly aside?: ComponentChildren;
  readonly isDangerous?: boolean;
  readonly children: ComponentChildren;
}

/** One subject of a page on a card of its own. */
export function Section({ title, text, aside, isDangerous = false, children }: SectionProps) {
  const id = useId();
  return (
    <section class={isDangerous ? 'card stack risky' : 'card stack'} aria-labelledby={id}>
      <header class="section-head">
        <div>
          <h2 id={id}>{title}</h2>
          {text === undefined ? null : <p class="soft">{text}</p>}
        </div>
        {aside}
      </header>
      {children}
    </section>
  );
}

interface TabsProps {
  readonly label: string;
  readonly base: string;
  readonly tabs: readonly (readonly [path: string, label: string])[];
  readonly open: string;
}

/** The parts of a page, each with an address of its own below `base`. */
export function Tabs({ label, base, tabs, open }: TabsProps) {
  return (
    <nav class="tabs" aria-label={label}>
      {tabs.map(([path, words]) => <Link key={path} href={`${base}${path}`} aria-current={path === open ? 'page' : undefined}>{words}</Link>)}
    </nav>
  );
}

/** A form on one line: a field or two, and the button that sends them. */
export function LineForm({ onSubmit, children }: { readonly onSubmit: () => void; readonly children: ComponentChildren }) {
  return <form class="line-form" onSubmit={(event) => { event.preventDefault(); onSubmit(); }}>{children}</form>;
}
