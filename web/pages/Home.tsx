import { Browse } from './Browse';

/** The first page: what there is. */
export function Home() {
  return <Browse />;
}
