import { api, at, type Page } from '../api';
import { t } from '../language';
import { useLoad } from '../load';
import type { Session } from '../types';
import { MOST } from './Access';
import { Failure } from './Failure';
import { Remove } from './Gone';
import { Section } from './Section';
import { Time } from './Time';
import { Waiting } from './Waiting';

const PATH = '/v2/sessions';

/** Where one is signed in, and how to end it from here. */
export function Sessions() {
  const { data, failure, isLoading, reload } = useLoad(PATH, () => api.get<Page<Session>>(PATH, { page_size: MOST }));
  const end = (id: string) => async () => {
    await api.delete(`${PATH}${at`/${id}`}`);
    await reload();
  };
  return (
    <Section title={t().profile.sessions} text={t().profile.sessionsText}>
      <Failure failure={failure} />
      {isLoading && <Waiting lines={2} />}
      <ul class="rows">
        {data?.results.map((session) => (
          <li key={session.id}>
            <div class="row-main">
              <strong>{session.access_token === null ? t().profile.byPassword : t().profile.byToken}</strong> {session.is_current && <span class="badge accent">{t().profile.thisOne}</span>}
              <p class="soft small-text">{t().profile.begun} <Time at={session.created} /> · {t().profile.ends} <Time at={session.expires} /></p>
            </div>
            {!session.is_current && <Remove label={t().profile.endSession} title={t().profile.endSession} text={t().profile.endText} verb={t().profile.end} work={end(session.id)} />}
          </li>
        ))}
      </ul>
    </Section>
  );
}
