import { Link } from 'wouter-preact';
import { t } from '../language';
import { Empty } from '../parts/Empty';
import { session } from '../session';

/** Nothing is here, or nothing that the visitor may see: the two look the same. */
export function Missing() {
  return (
    <div class="narrow">
      <h1 class="hidden">{t().missing.title}</h1>
      <Empty title={t().missing.title}>
        <p>{t().missing.text}</p>
        <div class="buttons center">
          <Link href="/" class="button">{t().nav.explore}</Link>
          {session.value === null && <Link href={`/signin?next=${encodeURIComponent(location.pathname)}`} class="button primary">{t().account.signIn}</Link>}
        </div>
      </Empty>
    </div>
  );
}
