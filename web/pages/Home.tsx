import { Link } from 'wouter-preact';
import { t } from '../language';
import { Welcome } from '../parts/Welcome';
import { session } from '../session';
import { Browse } from './Browse';

/** The first page: what this is, to those who are new, and what there is. */
export function Home() {
  return (
    <div class="stack-l">
      {session.value === null && <Welcome><Link href="/signin?next=/start" class="button primary">{t().nav.start}</Link></Welcome>}
      <Browse />
    </div>
  );
}
