import test from 'ava';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { buildPayload } from '../../activities/payload.js';
import { WebhookPayload } from '../../api/schemas/payload.js';

const push = {
  id: 'psh_1', repository_id: 'rep_1', tag: '1.0', digest: 'sha256:ab', images: '["sha256:cd"]',
  platforms: '[]', media_type: null,
  size: null, pusher: 'bob', is_test: 0, source: 'api', idempotency_key: null, request_hash: null, pushed_at: '2014-12-02T12:40:22.817Z',
} as const;
const repository = {
  id: 'rep_1', namespace: 'alice', name: 'app', description: 'short', full_description: '# long', is_private: 1,
  is_official: 0, is_automated: 0, star_count: 2, comment_count: 3, pull_count: 4,
  created: '2014-12-02T12:37:45.999Z', updated: '2014-12-02T12:37:45.999Z', last_pushed: null,
} as const;

function isValid(payload: unknown): boolean {
  const ajv = new Ajv2020({ strictTypes: false });
  addFormats.default(ajv);
  return ajv.compile(WebhookPayload)(payload);
}

test('the payload is Docker Hub’s, with tag and digest, and every date and flag of its plain type', (t) => {
  const payload = buildPayload(push, repository, 'https://hub.example/u/alice/app/hook/t/', 'https://hub.example');
  t.true(isValid(payload));
  t.deepEqual(payload, {
    callback_url: 'https://hub.example/u/alice/app/hook/t/',
    push_data: { images: ['sha256:cd'], pushed_at: 1417524022, pusher: 'bob', tag: '1.0', digest: 'sha256:ab', media_type: null, full_size: null },
    repository: {
      comment_count: 3, date_created: 1417523865, description: 'short', dockerfile: '', full_description: '# long',
      is_official: false, is_private: true, is_trusted: false, name: 'app', namespace: 'alice', owner: 'alice',
      repo_name: 'alice/app', repo_url: 'https://hub.example/u/alice/app/', star_count: 2, status: 'Active',
    },
  });
});

test('the payload says how large the image is, where that is known', (t) => {
  const payload = buildPayload({ ...push, size: 67_161_211 }, repository, 'https://hub.example/c/', 'https://hub.example');
  t.true(isValid(payload));
  t.is(payload.push_data.full_size, 67_161_211);
});

test('the payload of a test says so', (t) => {
  const payload = buildPayload({ ...push, is_test: 1 }, repository, 'https://hub.example/c/', 'https://hub.example');
  t.true(isValid(payload));
  t.true(payload.test);
});

test('a repository that is built from a linked source is trusted', (t) => {
  const payload = buildPayload(push, { ...repository, is_automated: 1 }, 'https://hub.example/c/', 'https://hub.example');
  t.true(isValid(payload));
  t.true(payload.repository.is_trusted);
});
