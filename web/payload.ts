import type { Push, Run } from './types';

const toSeconds = (moment: string) => Math.floor(Date.parse(moment) / 1000);

function describePush({ images, pushed_at, pusher, tag, digest, media_type, size }: Push): object {
  return { images, pushed_at: toSeconds(pushed_at), pusher, tag, digest, media_type, full_size: size };
}

/**
 * What a call's body told of the push, as the hub has it on record. The body itself is not kept: its callback_url is a
 * secret of the delivery's, and the repository's figures were those of that moment.
 */
export function describeBody({ push }: Run, repository: string): string {
  return JSON.stringify({ callback_url: '…', push_data: describePush(push), repository: { repo_name: repository, '…': '…' }, ...(push.test ? { test: true } : {}) }, null, 2);
}
