import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import type { ApiFailure } from '../api';

interface FieldProps {
  readonly label: string;
  /** Of the API: an error about it stands beside the field. */
  readonly name: string;
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly failure?: ApiFailure | undefined;
  readonly hint?: ComponentChildren;
  readonly type?: 'text' | 'password' | 'email' | 'url' | 'search' | 'date';
  readonly rows?: number;
  readonly autocomplete?: string;
  readonly placeholder?: string;
  readonly required?: boolean;
  readonly maxLength?: number;
  readonly autofocus?: boolean;
}

/** A labelled field with its hint below, and the API's words about it where they are read with it. */
export function Field({ label, name, value, onInput, failure, hint, rows, type = 'text', autofocus, ...rest }: FieldProps) {
  const id = useId();
  const fault = failure?.fields[name];
  const described = [hint === undefined ? '' : `${id}-hint`, fault === undefined ? '' : `${id}-fault`].filter(Boolean).join(' ');
  const common = {
    id, name, value, ...rest, 'aria-describedby': described === '' ? undefined : described, 'aria-invalid': fault !== undefined,
    onInput: (event: { readonly currentTarget: HTMLInputElement | HTMLTextAreaElement }) => onInput(event.currentTarget.value),
    ref: (element: HTMLElement | null) => {
      if (autofocus && element && !element.dataset.met) {
        element.dataset.met = 'yes';
        element.focus();
      }
    },
  };
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {rows === undefined ? <input type={type} {...common} /> : <textarea rows={rows} {...common} />}
      {hint === undefined ? null : <p class="hint" id={`${id}-hint`}>{hint}</p>}
      {fault === undefined ? null : <p class="fault" id={`${id}-fault`} role="alert">{fault}</p>}
    </div>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly isOn: boolean;
  readonly onChange: (isOn: boolean) => void;
  readonly hint?: ComponentChildren;
}

/** A yes or no. */
export function Choice({ label, isOn, onChange, hint }: ChoiceProps) {
  const id = useId();
  return (
    <div class="choice">
      <input id={id} type="checkbox" checked={isOn} aria-describedby={hint === undefined ? undefined : `${id}-hint`} onChange={(event) => onChange(event.currentTarget.checked)} />
      <label for={id}>{label}</label>
      {hint === undefined ? null : <p class="hint" id={`${id}-hint`}>{hint}</p>}
    </div>
  );
}

interface SelectProps {
  readonly label: string;
  readonly value: string;
  readonly options: readonly (readonly [value: string, label: string])[];
  readonly onChange: (value: string) => void;
  readonly hint?: ComponentChildren;
}

/** One of several. */
export function Select({ label, value, options, onChange, hint }: SelectProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select id={id} value={value} aria-describedby={hint === undefined ? undefined : `${id}-hint`} onChange={(event) => onChange(event.currentTarget.value)}>
        {options.map(([option, text]) => (
          <option key={option} value={option}>{text}</option>
        ))}
      </select>
      {hint === undefined ? null : <p class="hint" id={`${id}-hint`}>{hint}</p>}
    </div>
  );
}
