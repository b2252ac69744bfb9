import { useRef } from 'preact/hooks';
import type { ApiFailure } from '../api';
import type { Tri, WebhookDraft } from '../draft';
import { t } from '../language';
import { Choice, Field, Select } from './Field';
import { Icon } from './Icon';

export interface WebhookCardProps {
  readonly webhook: WebhookDraft;
  readonly index: number;
  readonly count: number;
  readonly failure: ApiFailure | undefined;
  readonly isDragged: boolean;
  readonly onChange: (webhook: WebhookDraft) => void;
  readonly onMove: (to: number) => void;
  readonly onRemove: () => void;
  readonly onDrag: (isDragged: boolean) => void;
  /** Another card is held over this one. */
  readonly onOver: () => void;
}

const STEPS: Readonly<Record<string, number>> = { ArrowUp: -1, ArrowDown: 1 };

/** One webhook of a chain in the editor: dragged by its grip, or moved by its buttons and by Alt with the arrow keys. */
export function WebhookCard(props: WebhookCardProps) {
  const { webhook, index, failure, isDragged, onChange, onMove, onDrag, onOver } = props;
  const card = useRef<HTMLLIElement>(null);
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.altKey ? STEPS[event.key] : undefined;
    if (step === undefined) return;
    event.preventDefault();
    onMove(index + step);
  };
  const onDragStart = (event: DragEvent) => {
    event.dataTransfer?.setData('text/plain', webhook.name);
    if (card.current) event.dataTransfer?.setDragImage(card.current, 20, 20);
    onDrag(true);
  };
  return (
    <li ref={card} class={isDragged ? 'webhook-card card dragged' : 'webhook-card card'} onKeyDown={onKeyDown} onDragOver={(event) => { event.preventDefault(); onOver(); }} onDrop={(event) => event.preventDefault()}>
      <div class="webhook-rail">
        <span class="grip" draggable onDragStart={onDragStart} onDragEnd={() => onDrag(false)} title={t().editor.drag}><Icon name="grip" /></span>
        <span class="hop-mark">{index + 1}</span>
      </div>
      <fieldset class="stack">
        <legend class="hidden">{t().editor.webhook(index + 1)}</legend>
        <div class="webhook-main">
          <Field label={t().editor.name} name={`webhooks[${index}].name`} value={webhook.name} onInput={(name) => onChange({ ...webhook, name })} failure={failure} maxLength={100} required />
          <Field label={t().run.url} name={`webhooks[${index}].hook_url`} type="url" value={webhook.hook_url} onInput={(hook_url) => onChange({ ...webhook, hook_url })} failure={failure} placeholder="https://" required />
        </div>
        <Options webhook={webhook} index={index} failure={failure} onChange={onChange} />
      </fieldset>
      <Moves {...props} />
    </li>
  );
}

function Moves({ webhook, index, count, onMove, onRemove }: WebhookCardProps) {
  const name = webhook.name === '' ? t().editor.webhook(index + 1) : webhook.name;
  return (
    <div class="webhook-moves">
      <button type="button" class="bare small" disabled={index === 0} aria-label={t().editor.up(name)} title={t().editor.up(name)} onClick={() => onMove(index - 1)}><Icon name="up" /></button>
      <button type="button" class="bare small" disabled={index === count - 1} aria-label={t().editor.down(name)} title={t().editor.down(name)} onClick={() => onMove(index + 1)}><Icon name="down" /></button>
      <button type="button" class="bare small" disabled={count === 1} aria-label={t().editor.remove(name)} title={t().editor.remove(name)} onClick={onRemove}><Icon name="trash" /></button>
    </div>
  );
}

type OptionsProps = Pick<WebhookCardProps, 'webhook' | 'index' | 'failure' | 'onChange'>;

function Options({ webhook, index, failure, onChange }: OptionsProps) {
  const at = `webhooks[${index}]`;
  const isWrong = ['callback_timeout', 'secret'].some((name) => failure?.fields[`${at}.${name}`] !== undefined);
  return (
    <details class="webhook-options" open={isWrong}>
      <summary>{t().editor.options}</summary>
      <div class="webhook-grid">
        <Select label={t().editor.expectCallback} value={webhook.expect_callback} options={[['', t().editor.byDefault], ['yes', t().common.yes], ['no', t().editor.on2xx]]} onChange={(value) => onChange({ ...webhook, expect_callback: value as Tri })} />
        <Field label={t().editor.timeout} name={`${at}.callback_timeout`} value={webhook.callback_timeout} onInput={(callback_timeout) => onChange({ ...webhook, callback_timeout })} failure={failure} placeholder="1h" hint={t().editor.timeoutHint} />
        <Choice label={t().editor.signed} isOn={webhook.require_signed_callback} onChange={(require_signed_callback) => onChange({ ...webhook, require_signed_callback })} hint={t().editor.signedHint} />
        {webhook.id === undefined && <Field label={t().editor.secret} name={`${at}.secret`} value={webhook.secret} onInput={(secret) => onChange({ ...webhook, secret })} failure={failure} placeholder="whsec_…" hint={t().editor.secretHint} />}
      </div>
    </details>
  );
}
