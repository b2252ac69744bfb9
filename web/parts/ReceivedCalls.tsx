import { useEffect, useState } from 'preact/hooks';
import { api, at } from '../api';
import { t } from '../language';
import { useAction, useLoad, type Loaded } from '../load';
import type { CallbackState, ReceivedCall, Receiver } from '../types';
import { Empty } from './Empty';
import { Failure } from './Failure';
import { Message } from './Message';
import { State } from './State';
import { Time } from './Time';

const ASK_MS = 1500;
const ANSWERS: readonly CallbackState[] = ['success', 'failure', 'error'];

/** A test receiver with what it has received, asked for again and again: calls come at any time. */
export function useReceiver(id: string | undefined): Loaded<Receiver> {
  const path = at`/v2/receivers/${id ?? ''}`;
  const loaded = useLoad(id === undefined ? undefined : path, () => api.get<Receiver>(path));
  const { reload } = loaded;
  useEffect(() => {
    if (id === undefined) return undefined;
    const asking = window.setInterval(() => void reload(), ASK_MS);
    return () => window.clearInterval(asking);
  }, [id, reload]);
  return loaded;
}

/** What a test receiver received, the newest first, each with the buttons that call back. */
export function ReceivedCalls({ receiver, onChange }: { readonly receiver: Receiver; readonly onChange: () => void }) {
  const calls = receiver.calls ?? [];
  if (calls.length === 0) return <Empty title={t().receiver.none}><p>{t().receiver.noneText}</p></Empty>;
  return <div class="stack">{calls.map((call) => <Call key={call.id} call={call} path={at`/v2/receivers/${receiver.id}/calls/${call.id}/callback`} onChange={onChange} />)}</div>;
}

interface CallProps {
  readonly call: ReceivedCall;
  readonly path: string;
  readonly onChange: () => void;
}

interface Payload {
  readonly push_data?: { readonly tag?: string };
  readonly repository?: { readonly repo_name?: string };
}

function readPayload(body: string | null): Payload {
  try {
    return JSON.parse(body ?? '{}') as Payload;
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

function Call({ call, path, onChange }: CallProps) {
  const [description, setDescription] = useState('');
  const { run, isBusy, failure } = useAction();
  const { push_data, repository } = readPayload(call.body);
  const answer = (state: CallbackState) => () => void run(async () => {
    await api.post(path, { state, ...(description === '' ? {} : { description }) });
    onChange();
  });
  return (
    <article class="card stack-s call">
      <header class="row between">
        <h3>{repository?.repo_name ?? t().receiver.call}{push_data?.tag !== undefined && `:${push_data.tag}`}</h3>
        <span class="soft small-text"><Time at={call.received} /></span>
      </header>
      {call.callback_state === null ? (
        <div class="answers">
          <input aria-label={t().receiver.description} placeholder={t().receiver.description} value={description} maxLength={255} onInput={(event) => setDescription(event.currentTarget.value)} />
          <div class="buttons">
            {ANSWERS.map((state) => <button key={state} type="button" class={`answer is-${state}`} disabled={isBusy} onClick={answer(state)}>{t().receiver.answers[state]}</button>)}
          </div>
        </div>
      ) : <p>{t().receiver.answered} <State state={call.callback_state} /></p>}
      <Failure failure={failure} />
      <details class="webhook-options">
        <summary>{t().receiver.details}</summary>
        <Message title={t().run.request} headers={call.headers} body={call.body} />
      </details>
    </article>
  );
}
