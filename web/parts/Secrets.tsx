import { t } from '../language';
import { CopyLine } from './Copy';

interface Secret {
  readonly name: string;
  readonly secret: string;
}

/** Secrets that the hub shows this once. */
export function Secrets({ secrets, onClose }: { readonly secrets: readonly Secret[]; readonly onClose: () => void }) {
  if (secrets.length === 0) return null;
  return (
    <section class="note stack-s" aria-label={t().editor.secrets}>
      <h2>{t().editor.secrets}</h2>
      <p>{t().editor.secretsText}</p>
      {secrets.map(({ name, secret }) => (
        <div key={name}>
          <strong>{name}</strong>
          <CopyLine text={secret} label={t().editor.secretOf(name)} />
        </div>
      ))}
      <button type="button" onClick={onClose}>{t().editor.kept}</button>
    </section>
  );
}

/** Of webhooks that came back from the API, those that tell their secret. */
export function listSecrets(webhooks: readonly { readonly name: string; readonly secret?: string }[]): readonly Secret[] {
  return webhooks.flatMap(({ name, secret }) => (secret === undefined ? [] : [{ name, secret }]));
}
