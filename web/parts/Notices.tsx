import { t } from '../language';
import { dismiss, notices } from './announce';
import { Icon } from './Icon';

/** The corner in which notices stand; always there, so that screen readers hear of the first one too. */
export function Notices() {
  return (
    <div class="notices" role="status" aria-live="polite">
      {notices.value.map(({ id, text, isFailure }) => (
        <div key={id} class={isFailure ? 'notice bad' : 'notice'}>
          <span>{text}</span>
          <button type="button" class="bare" aria-label={t().common.close} onClick={() => dismiss(id)}>
            <Icon name="cross" />
          </button>
        </div>
      ))}
    </div>
  );
}
