import { formatDuration } from '../format';
import { t } from '../language';
import { endOf, hostOf } from '../reasons';
import type { Delivery, DeliveryState, Run } from '../types';
import { Icon, type IconName } from './Icon';

const MARKS: Readonly<Record<DeliveryState, IconName | undefined>> = {
  pending: undefined, delivering: 'bolt', waiting: undefined, success: 'check', failure: 'cross', error: 'cross', canceled: 'cross', skipped: undefined,
};

interface ChainLineProps {
  readonly run: Run;
  readonly chosen?: string | undefined;
  /** Where hops can be looked into, they are buttons. */
  readonly onChoose?: (id: string) => void;
}

/** The chain as a line: the push, then every hop with its state. */
export function ChainLine({ run, chosen, onChoose }: ChainLineProps) {
  return (
    <div class="chain-scroll">
      <ol class="chain" aria-label={t().run.chain(run.chain.name)}>
        <li class="hop is-success">
          <div class="hop-button">
            <span class="hop-mark"><Icon name="tag" /></span>
            <span class="hop-name">{run.push.tag}</span>
            <span class="hop-host">{t().run.pushedBy(run.push.pusher)}</span>
          </div>
        </li>
        {run.deliveries.map((delivery) => (
          <Hop key={delivery.id} delivery={delivery} isChosen={delivery.id === chosen} onChoose={onChoose} />
        ))}
      </ol>
    </div>
  );
}

interface HopProps {
  readonly delivery: Delivery;
  readonly isChosen: boolean;
  readonly onChoose: ((id: string) => void) | undefined;
}

function Hop({ delivery, isChosen, onChoose }: HopProps) {
  const { id, name, state, hook_url, position } = delivery;
  const mark = MARKS[state];
  const words = (
    <>
      <span class="hop-mark">{mark ? <Icon name={mark} /> : <span class="hop-number">{position}</span>}</span>
      <span class="hop-name">{name}</span>
      <span class="hop-host">{hostOf(hook_url)}</span>
      <span class="hop-state">{t().states[state]}{describeLength(delivery)}</span>
    </>
  );
  return (
    <li class={`hop is-${state}`} aria-current={state === 'delivering' || state === 'waiting' ? 'step' : undefined}>
      {onChoose ? <button type="button" class="hop-button" aria-pressed={isChosen} onClick={() => onChoose(id)}>{words}</button> : <div class="hop-button">{words}</div>}
    </li>
  );
}

/** How long a hop took from its first call to what closed it; nothing while it is open. */
function describeLength({ attempts, callback, state }: Delivery): string {
  const [first] = attempts;
  const last = attempts.at(-1);
  if (!first || !last || last.duration_ms === null || state === 'waiting' || state === 'delivering') return '';
  const end = callback ? Math.max(endOf(last), Date.parse(callback.received)) : endOf(last);
  return ` · ${formatDuration(end - Date.parse(first.started))}`;
}
