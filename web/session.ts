import { signal } from '@preact/signals';
import { api, ApiFailure } from './api';
import type { CurrentSession } from './types';

/** Who is signed in: undefined until the hub has said so, null for nobody. */
export const session = signal<CurrentSession | null | undefined>(undefined);

/** Asks the hub who is signed in. A session that is over is nobody's. */
export async function loadSession(): Promise<void> {
  try {
    session.value = await api.get<CurrentSession>('/v2/session');
  } catch (error) {
    if (!(error instanceof ApiFailure)) throw error;
    session.value = null;
  }
}

/** Signs in; throws ApiFailure with the API's words. */
export async function signIn(username: string, password: string): Promise<void> {
  session.value = await api.post<CurrentSession>('/v2/session', { username, password });
}

/** Ends the session, also where it was over already. */
export async function signOut(): Promise<void> {
  await api.delete('/v2/session').catch((error: unknown) => {
    if (!(error instanceof ApiFailure && error.status === 401)) throw error;
  });
  session.value = null;
}
