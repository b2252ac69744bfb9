import { t } from '../language';

/** What was found, or everything. */
export function Browse() {
  return <h1>{t().nav.explore}</h1>;
}
