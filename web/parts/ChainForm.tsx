import { useRef, useState } from 'preact/hooks';
import type { ApiFailure } from '../api';
import { makeWebhook, move, type ChainDraft, type Tri, type WebhookDraft } from '../draft';
import { t } from '../language';
import { Choice, Field, Select } from './Field';
import { Icon } from './Icon';
import { WebhookCard } from './WebhookCard';

interface ChainFormProps {
  readonly draft: ChainDraft;
  readonly failure: ApiFailure | undefined;
  readonly onChange: (draft: ChainDraft) => void;
}

/** Name and options of a chain, and its webhooks in their order. */
export function ChainForm({ draft, failure, onChange }: ChainFormProps) {
  return (
    <>
      <div class="card stack">
        <div class="webhook-main">
          <Field label={t().editor.chainName} name="name" value={draft.name} onInput={(name) => onChange({ ...draft, name })} failure={failure} maxLength={100} required autofocus={draft.name === ''} />
          <Select label={t().editor.final} value={draft.expect_final_callback} options={[['', t().editor.byDefault], ['yes', t().common.yes], ['no', t().editor.on2xx]]} onChange={(value) => onChange({ ...draft, expect_final_callback: value as Tri })} />
        </div>
        <Choice label={t().editor.active} isOn={draft.active} onChange={(active) => onChange({ ...draft, active })} hint={t().editor.activeHint} />
      </div>
      <WebhookList webhooks={draft.webhooks} failure={failure} onChange={(webhooks) => onChange({ ...draft, webhooks })} />
    </>
  );
}

interface ListProps {
  readonly webhooks: readonly WebhookDraft[];
  readonly failure: ApiFailure | undefined;
  readonly onChange: (webhooks: readonly WebhookDraft[]) => void;
}

function WebhookList({ webhooks, failure, onChange }: ListProps) {
  const [dragged, setDragged] = useState<string>();
  const [said, say] = useState('');
  const list = useRef<HTMLOListElement>(null);
  const moveTo = (from: number, to: number) => {
    const next = move(webhooks, from, to);
    if (next === webhooks) return;
    onChange(next);
    say(t().editor.moved(next[to]?.name ?? '', to + 1, next.length));
  };
  const over = (to: number) => {
    const from = webhooks.findIndex(({ key }) => key === dragged);
    if (from >= 0 && from !== to) moveTo(from, to);
  };
  const add = () => {
    onChange([...webhooks, makeWebhook()]);
    // The new card is there once this has been drawn.
    requestAnimationFrame(() => requestAnimationFrame(() => list.current?.lastElementChild?.querySelector('input')?.focus()));
  };
  return (
    <section class="stack-s" aria-labelledby="hops">
      <h2 id="hops">{t().editor.hops}</h2>
      <p class="soft small-text">{t().editor.orderHint}</p>
      <ol class="webhook-list" ref={list}>
        {webhooks.map((webhook, index) => (
          <WebhookCard
            key={webhook.key} webhook={webhook} index={index} count={webhooks.length} failure={failure} isDragged={webhook.key === dragged}
            onChange={(changed) => onChange(webhooks.map((one) => (one.key === changed.key ? changed : one)))}
            onMove={(to) => moveTo(index, to)}
            onRemove={() => onChange(webhooks.filter(({ key }) => key !== webhook.key))}
            onDrag={(isDragged) => setDragged(isDragged ? webhook.key : undefined)}
            onOver={() => over(index)}
          />
        ))}
      </ol>
      <button type="button" onClick={add}><Icon name="plus" />{t().editor.add}</button>
      <p class="hidden" role="status">{said}</p>
    </section>
  );
}
