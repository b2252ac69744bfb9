import { UNREACHABLE, type ApiFailure } from '../api';
import { t } from '../language';

/** What the API had against it, in its own words. Nothing where nothing is wrong, or where fields say it all. */
export function Failure({ failure, fields = [] }: { readonly failure: ApiFailure | undefined; readonly fields?: readonly string[] }) {
  if (!failure) return null;
  const named = Object.entries(failure.fields);
  const others = named.filter(([name]) => !fields.includes(name));
  if (named.length > 0 && others.length === 0) return <p class="failure" role="alert">{t().common.seeFields}</p>;
  return (
    <div class="failure" role="alert">
      <p>{failure.code === UNREACHABLE ? t().common.unreachable : failure.message}</p>
      {others.length > 0 && (
        <ul>
          {others.map(([name, words]) => (
            <li key={name}>
              <code>{name}</code> {words}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
