import type { Knex } from 'knex';

/**
 * What is known of the receiver behind a webhook, on the webhook's own row: it goes where the webhook goes, and the
 * read that an attempt makes anyway brings it along. On a delivery: since when it waits behind a pause.
 */
export async function up(db: Knex): Promise<void> {
  const columns: readonly [table: string, column: string, type: string][] = [
    ['webhooks', 'failures', 'integer NOT NULL DEFAULT 0'],
    ['webhooks', 'paused_since', 'text'],
    ['webhooks', 'paused_until', 'text'],
    ['webhooks', 'pause_reason', 'text'],
    // Which delivery tries a paused endpoint, and until when it may: its process can die.
    ['webhooks', 'probe_delivery', 'text'],
    ['webhooks', 'probe_until', 'text'],
    ['deliveries', 'held_since', 'text'],
    // Attempts that tried a paused endpoint: they use up none of the delivery's own.
    ['deliveries', 'probe_count', 'integer NOT NULL DEFAULT 0'],
  ];
  for (const [table, column, type] of columns) await db.raw(`ALTER TABLE ?? ADD COLUMN ?? ${type}`, [table, column]);
  await db.raw('CREATE INDEX webhooks_paused ON webhooks (paused_since) WHERE paused_until IS NOT NULL');
  await db.raw('CREATE INDEX deliveries_held ON deliveries (webhook_id, next_attempt) WHERE held_since IS NOT NULL AND finished IS NULL');
}
