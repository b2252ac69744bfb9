import { useState } from 'preact/hooks';
import { t } from '../language';
import { announce } from './announce';
import { Icon } from './Icon';

const SHOWN_MS = 1600;

/** The clipboard's own interface is there on secure addresses only; a hub at home has a plain one, and browsers keep the older way for it. */
const olderWay: { execCommand(name: 'copy'): boolean } = document;

function copyOlderWay(text: string): void {
  const field = document.createElement('textarea');
  field.value = text;
  field.className = 'hidden';
  document.body.append(field);
  field.select();
  const isDone = olderWay.execCommand('copy');
  field.remove();
  if (!isDone) throw new Error('The browser did not copy');
}

async function copy(text: string): Promise<void> {
  if (window.isSecureContext) await navigator.clipboard.writeText(text);
  else copyOlderWay(text);
}

/** A button that copies a text. `label` says of what, for those who do not see it. */
export function CopyButton({ text, label }: { readonly text: string; readonly label: string }) {
  const [isDone, setDone] = useState(false);
  const onClick = () => {
    copy(text).then(
      () => {
        setDone(true);
        window.setTimeout(() => setDone(false), SHOWN_MS);
      },
      () => announce(t().common.copyFailed, { isFailure: true }),
    );
  };
  return (
    <button type="button" class={isDone ? 'copy done' : 'copy'} onClick={onClick} aria-label={t().common.copy(label)} title={t().common.copy(label)}>
      <Icon name={isDone ? 'check' : 'copy'} />
      <span class="hidden" role="status">{isDone ? t().common.copied : ''}</span>
    </button>
  );
}

/** A line for a terminal, or another text to take along, with its button. */
export function CopyLine({ text, label }: { readonly text: string; readonly label: string }) {
  return (
    <div class="copy-line">
      <code tabIndex={0}>{text}</code>
      <CopyButton text={text} label={label} />
    </div>
  );
}
