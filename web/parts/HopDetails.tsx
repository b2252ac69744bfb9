import { formatDuration } from '../format';
import { t } from '../language';
import { describeAttempt, explain, readLink } from '../reasons';
import type { Attempt, Delivery } from '../types';
import { CopyButton } from './Copy';
import { Icon } from './Icon';
import { Message } from './Message';
import { State } from './State';
import { Time } from './Time';
import { TimeBar } from './TimeBar';

/** What the hub keeps of a call and of its answer, in characters. */
const KEPT = { request: 4096, response: 65_536 } as const;

interface DetailsProps {
  readonly delivery: Delivery;
}

/** Everything that happened at one hop: why it is as it is, its time, every call with its answer, the callback. */
export function HopDetails({ delivery }: DetailsProps) {
  const reason = explain(delivery);
  const { attempts } = delivery;
  return (
    <section class="card hop-details stack" aria-labelledby={`hop-${delivery.id}`}>
      <header class="row between">
        <h2 id={`hop-${delivery.id}`}>{delivery.position}. {delivery.name}</h2>
        <State state={delivery.state} />
      </header>
      <p class="hop-url"><span class="badge">POST</span> <code>{delivery.hook_url}</code> <CopyButton text={delivery.hook_url} label={t().run.theUrl} /></p>
      {reason !== undefined && <p class={`reason is-${delivery.state}`}>{reason}</p>}
      <Deadlines delivery={delivery} />
      <TimeBar delivery={delivery} />
      <Callback delivery={delivery} />
      {attempts.length > 0 && (
        <div class="attempts">
          <h3>{t().run.attempts(attempts.length)}</h3>
          {attempts.map((attempt) => <AttemptRow key={attempt.number} attempt={attempt} isOpen={attempt === attempts.at(-1)} />)}
        </div>
      )}
    </section>
  );
}

function Deadlines({ delivery: { state, next_attempt, callback_due } }: { readonly delivery: Delivery }) {
  if (state === 'delivering' && next_attempt !== null) return <p class="soft">{t().run.nextAttempt} <Time at={next_attempt} /></p>;
  if (state === 'waiting' && callback_due !== null) return <p class="soft">{t().run.callbackDue} <Time at={callback_due} /></p>;
  return null;
}

function Callback({ delivery: { callback } }: { readonly delivery: Delivery }) {
  if (!callback) return null;
  const link = readLink(callback.target_url);
  return (
    <div class={`callback is-${callback.state}`}>
      <div class="row between">
        <h3>{t().run.callback}</h3>
        <span class="row"><State state={callback.state} /><span class="soft small-text"><Time at={callback.received} /></span></span>
      </div>
      {callback.description !== null && <p dir="auto">{callback.description}</p>}
      <p class="row small-text">
        {callback.context !== null && <span class="badge">{callback.context}</span>}
        {link !== undefined && <a href={link} rel="nofollow noopener noreferrer" target="_blank">{link} <Icon name="out" /></a>}
        {link === undefined && callback.target_url !== null && <code>{callback.target_url}</code>}
      </p>
    </div>
  );
}

interface AttemptProps {
  readonly attempt: Attempt;
  readonly isOpen: boolean;
}

function AttemptRow({ attempt, isOpen }: AttemptProps) {
  const isGood = attempt.error === null && attempt.status !== null && attempt.status < 300;
  const tone = attempt.duration_ms === null ? 'is-delivering' : isGood ? 'is-success' : 'is-failure';
  return (
    <details class={`attempt ${tone}`} open={isOpen}>
      <summary>
        <span class="attempt-number">{attempt.number}</span>
        <span class="attempt-status">{describeAttempt(attempt)}</span>
        <span class="soft">{attempt.duration_ms === null ? '…' : formatDuration(attempt.duration_ms)}</span>
        <span class="soft attempt-time"><Time at={attempt.started} /></span>
      </summary>
      <div class="exchange">
        {attempt.error_detail !== null && <p class="failure">{attempt.error_detail}</p>}
        <Message title={t().run.request} headers={attempt.request_headers} body={attempt.request_body} note={noteCut('request', attempt.request_body)} />
        <Message title={t().run.response} headers={attempt.response_headers} body={attempt.response_body} note={noteCut('response', attempt.response_body)}>
          {attempt.status !== null && <span class={`badge ${isGood ? 'accent' : ''}`}>{attempt.status}</span>}
        </Message>
      </div>
    </details>
  );
}

function noteCut(side: keyof typeof KEPT, body: string | null): string | undefined {
  return (body?.length ?? 0) >= KEPT[side] ? t().run.cut[side] : undefined;
}
