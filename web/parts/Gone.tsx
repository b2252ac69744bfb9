import { useState } from 'preact/hooks';
import { t } from '../language';
import { useAction } from '../load';
import { Confirm, Dialog } from './Dialog';
import { Failure } from './Failure';
import { Field } from './Field';

interface RemoveProps {
  /** What the button says to those who do not see the row that it stands in. */
  readonly label: string;
  readonly title: string;
  readonly text: string;
  readonly verb?: string;
  /** What is done; throws ApiFailure, which is shown. */
  readonly work: () => Promise<void>;
}

/** A button that takes something away, and asks before. */
export function Remove({ label, title, text, verb = t().common.remove, work }: RemoveProps) {
  const [isAsked, setAsked] = useState(false);
  const { run, isBusy, failure, clear } = useAction();
  const close = () => {
    clear();
    setAsked(false);
  };
  const confirm = () => void run(work).then((isDone) => isDone && setAsked(false));
  return (
    <>
      <button type="button" class="small" aria-label={label} onClick={() => setAsked(true)}>{verb}</button>
      {isAsked && <Confirm title={title} verb={verb} isDangerous isBusy={isBusy} failure={failure} onConfirm={confirm} onClose={close}><p>{text}</p></Confirm>}
    </>
  );
}

interface DeleteProps {
  /** What must be typed before it is done. */
  readonly name: string;
  readonly button: string;
  readonly text: string;
  readonly work: () => Promise<void>;
}

/** Deletes something with all that is in it, after its name has been typed. */
export function TypedDelete({ name, button, text, work }: DeleteProps) {
  const [isAsked, setAsked] = useState(false);
  const [typed, setTyped] = useState('');
  const { run, isBusy, failure } = useAction();
  const submit = (event: Event) => {
    event.preventDefault();
    if (typed === name) void run(work);
  };
  return (
    <>
      <button type="button" class="danger" onClick={() => setAsked(true)}>{button}</button>
      {isAsked && (
        <Dialog title={button} onClose={() => setAsked(false)}>
          <p>{text}</p>
          <form class="form" onSubmit={submit}>
            <Field label={t().settings.typeName(name)} name="confirmation" value={typed} onInput={setTyped} autocomplete="off" autofocus />
            <Failure failure={failure} />
            <div class="buttons end">
              <button type="button" onClick={() => setAsked(false)}>{t().common.cancel}</button>
              <button type="submit" class="danger" disabled={isBusy || typed !== name}>{t().common.delete}</button>
            </div>
          </form>
        </Dialog>
      )}
    </>
  );
}
