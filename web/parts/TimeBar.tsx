import { formatDuration, formatExact } from '../format';
import { t } from '../language';
import { describeAttempt, endOf } from '../reasons';
import type { Attempt, Delivery } from '../types';
import { now } from './Time';

/** A bar that is shorter would not be seen: parts of a hundred. */
const THINNEST = 0.8;

interface Span {
  readonly from: number;
  readonly to: number;
}

/** From the first call to the callback, the last answer, or now where the hop is open. */
function measure({ attempts, callback, state }: Delivery): Span | undefined {
  const [first] = attempts;
  if (!first) return undefined;
  const ends = attempts.map(endOf);
  if (callback) ends.push(Date.parse(callback.received));
  if (state === 'waiting' || state === 'delivering') ends.push(Math.max(now.value, endOf(first)));
  const from = Date.parse(first.started);
  return { from, to: Math.max(from + 1, ...ends) };
}

function place({ from, to }: Span, part: Span): { readonly left: string; readonly width: string } {
  const share = (moment: number) => (100 * (moment - from)) / (to - from);
  const width = Math.max(THINNEST, share(part.to) - share(part.from));
  return { left: `${Math.min(100 - width, Math.max(0, share(part.from)))}%`, width: `${Math.min(100, width)}%` };
}

function classOf({ status, error, duration_ms }: Attempt): string {
  if (duration_ms === null) return 'bar is-delivering';
  return error === null && status !== null && status < 300 ? 'bar is-success' : 'bar is-failure';
}

/** A hop's time as a bar: every attempt where it happened, and the wait for the callback. The list below says the same in words. */
export function TimeBar({ delivery }: { readonly delivery: Delivery }) {
  const span = measure(delivery);
  const last = delivery.attempts.at(-1);
  if (!span || !last) return null;
  const isWaited = delivery.callback !== null || delivery.state === 'waiting';
  return (
    <figure class="time-bar">
      <div class="time-track" role="img" aria-label={t().run.timeBar(delivery.attempts.length, formatDuration(span.to - span.from))}>
        {isWaited && <span class="bar wait" style={place(span, { from: endOf(last), to: delivery.callback ? Date.parse(delivery.callback.received) : span.to })} />}
        {delivery.attempts.map((attempt) => (
          <span key={attempt.number} class={classOf(attempt)} style={place(span, { from: Date.parse(attempt.started), to: endOf(attempt) })} title={`${attempt.number}: ${describeAttempt(attempt)}`} />
        ))}
        {delivery.callback && <span class={`bar mark is-${delivery.callback.state}`} style={place(span, { from: Date.parse(delivery.callback.received), to: Date.parse(delivery.callback.received) })} title={t().run.callback} />}
      </div>
      <figcaption>
        <span title={formatExact(new Date(span.from).toISOString())}>0</span>
        <span>{formatDuration(span.to - span.from)}</span>
      </figcaption>
    </figure>
  );
}
