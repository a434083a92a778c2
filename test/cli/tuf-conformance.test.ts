/**
 * What the public suite (theupdateframework/tuf-conformance) asks of a client's trust, by the names of its tests and in its
 * spirit, against the command that it would drive. The suite itself needs Python: CONTRIBUTING.md says how to run it.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DAY, iso, NOW, tufClient } from '../fixtures/tuf-client.js';

test('test_basic_init_and_refresh', async (t) => {
  const { repo, refresh, roles } = await tufClient(t);
  assert.equal(await refresh(), 0);
  assert.deepEqual(repo.asked, ['root 2', 'timestamp', 'snapshot 1', 'targets 1']);
  assert.deepEqual(await roles(), ['root', 'snapshot', 'targets', 'timestamp']);
});

test('test_implicit_refresh', async (t) => {
  const { repo, download, version } = await tufClient(t);
  assert.equal(await download('nonexistent artifact'), 1);
  assert.deepEqual(repo.asked, ['root 2', 'timestamp', 'snapshot 1', 'targets 1']);
  assert.equal(await version('targets'), 1);
});

for (const [name, spoil] of [
  ['test_invalid_initial_root', (json: { signed: { version?: number } }) => delete json.signed.version],
  [
    'test_unsigned_initial_root',
    (json: { signatures: { sig: string }[] }) => {
      for (const one of json.signatures) one.sig = `3045${'0'.repeat(138)}`;
    },
  ],
] as const)
  test(name, async (t) => {
    const { repo, refresh } = await tufClient(t, ({ roots }) => {
      const json = JSON.parse(String(roots[0]));
      spoil(json);
      return Buffer.from(JSON.stringify(json));
    });
    assert.equal(await refresh(), 1);
    assert.deepEqual(repo.asked, []);
  });

test('test_timestamp_eq_versions_check', async (t) => {
  const { repo, refresh, version } = await tufClient(t);
  assert.equal(await refresh(), 0);
  repo.timestamp.meta['snapshot.json'].version = 100;
  await refresh();
  assert.equal(await version('timestamp'), 1);
  assert.equal(repo.asked.at(-1), 'timestamp', 'the same version is not looked into');
});

test('test_custom_fields', async (t) => {
  const { repo, refresh, version } = await tufClient(t);
  repo.root['custom-field'] = 'value';
  const [id = ''] = repo.root.roles.root.keyids;
  Object.assign(repo.root.keys[id] ?? {}, { 'extra-field': { a: 1, b: 2 } });
  Object.assign(repo.root.roles.root, { 'another-field': 'value' });
  repo.publishRoot();
  assert.equal(await refresh(), 0);
  assert.equal(await version('root'), 2);
});

test('test_simple_snapshot_rollback', async (t) => {
  const { repo, refresh, version } = await tufClient(t);
  repo.updateSnapshot();
  assert.equal(await refresh(), 0);
  repo.snapshot.version = 1;
  assert.equal(await refresh(), 0);
  assert.equal(await version('snapshot'), 2);
  assert.equal(repo.asked.at(-1), 'timestamp');
});

test('test_new_timestamp_version_rollback', async (t) => {
  const { repo, refresh, version } = await tufClient(t);
  repo.updateTimestamp();
  assert.equal(await refresh(), 0);
  repo.timestamp.version = 1;
  assert.equal(await refresh(), 1);
  assert.equal(await version('timestamp'), 2);
  assert.equal(repo.asked.at(-1), 'timestamp');
});

for (const withHashes of [false, true]) {
  const how = withHashes ? 'with hashes' : 'basic';
  test(`test_snapshot_rollback[${how}]`, async (t) => {
    const { repo, refresh, version } = await tufClient(t);
    repo.withHashes = withHashes;
    repo.updateSnapshot();
    assert.equal(await refresh(), 0);
    repo.snapshot.version = 1;
    repo.updateTimestamp();
    assert.equal(await refresh(), 1);
    assert.deepEqual([await version('timestamp'), await version('snapshot')], [2, 2]);
    assert.equal(repo.asked.at(-1), 'timestamp');
  });

  test(`test_targets_rollback[${how}]`, async (t) => {
    const { repo, refresh, version } = await tufClient(t);
    repo.withHashes = withHashes;
    repo.targets.version = 3;
    repo.updateSnapshot();
    assert.equal(await refresh(), 0);
    repo.targets.version = 1;
    repo.updateSnapshot();
    assert.equal(await refresh(), 1);
    assert.equal(await version('targets'), 3);
  });
}

test('test_new_snapshot_version_mismatch', async (t) => {
  const { repo, refresh, roles } = await tufClient(t);
  repo.snapshot.version = 2;
  assert.equal(await refresh(), 1);
  assert.deepEqual(await roles(), ['root', 'timestamp']);
  assert.equal(repo.asked.at(-1), 'snapshot 1');
});

test('test_new_targets_hash_mismatch', async (t) => {
  const { repo, refresh, version } = await tufClient(t);
  assert.equal(await refresh(), 0);
  repo.withHashes = true;
  repo.updateSnapshot();
  // Another content than the one that was counted.
  repo.targets.version = 2;
  repo.snapshot.meta['targets.json'] = { ...repo.snapshot.meta['targets.json'], version: 2 };
  repo.snapshot.version += 1;
  repo.updateTimestamp();
  assert.equal(await refresh(), 1);
  assert.equal(await version('targets'), 1);
});

for (const [name, role, rotated] of [
  ['test_new_timestamp_fast_forward_recovery', 'timestamp', ['timestamp']],
  ['test_new_snapshot_fast_forward_recovery', 'snapshot', ['snapshot', 'timestamp']],
  ['test_new_targets_fast_forward_recovery', 'targets', ['snapshot']],
] as const)
  test(name, async (t) => {
    const { repo, refresh, version } = await tufClient(t);
    repo[role].version = 99_999;
    if (role === 'targets') repo.updateSnapshot();
    if (role === 'snapshot') repo.updateTimestamp();
    assert.equal(await refresh(), 0);
    assert.equal(await version(role), 99_999);
    for (const each of rotated) repo.rotateKeys(each);
    repo.publishRoot();
    repo[role].version = 1;
    if (role === 'targets') repo.updateSnapshot();
    if (role === 'snapshot') repo.updateTimestamp();
    assert.equal(await refresh(), 0);
    assert.equal(await version(role), 1);
  });

test('test_snapshot_threshold', async (t) => {
  const { repo, refresh, version } = await tufClient(t);
  assert.equal(await refresh(), 0);
  for (let each = 0; each < 4; each += 1) repo.addKey('snapshot');
  repo.root.roles.snapshot.threshold = 6;
  repo.publishRoot();
  repo.updateSnapshot();
  assert.equal(await refresh(), 1);
  assert.deepEqual([await version('root'), await version('snapshot')], [2, 1]);
  repo.addKey('snapshot');
  repo.publishRoot();
  assert.equal(await refresh(), 0, 'six of six');
});

test('test_duplicate_keys_root', async (t) => {
  const { repo, refresh, version } = await tufClient(t);
  assert.equal(await refresh(), 0);
  const [only] = repo.signers.get('snapshot') ?? [];
  assert.ok(only);
  const names = Array.from({ length: 9 }, (_, at) => `${at}`.padStart(64, '0'));
  for (const id of names) repo.root.keys[id] = only.key;
  repo.root.roles.snapshot = { keyids: [only.id, ...names], threshold: 6 };
  repo.signers.set('snapshot', [only, ...names.map((id) => ({ ...only, id }))]);
  repo.publishRoot();
  repo.updateSnapshot();
  assert.equal(await refresh(), 1);
  assert.equal(await version('snapshot'), 1);
});

test('test_wrong_hashing_algorithm', async (t) => {
  const { repo, refresh, version } = await tufClient(t);
  const [id = ''] = repo.root.roles.snapshot.keyids;
  Object.assign(repo.root.keys[id] ?? {}, { keyid_hash_algorithms: ['md5'] });
  repo.publishRoot();
  repo.updateSnapshot();
  assert.equal(await refresh(), 0);
  assert.equal(await version('snapshot'), 2);
});

for (const role of ['root', 'timestamp', 'snapshot', 'targets'] as const)
  test(`test_${role}_expired`, async (t) => {
    const { repo, refresh, version } = await tufClient(t);
    assert.equal(await refresh(), 0);
    repo[role].expires = iso(NOW - 5 * DAY);
    if (role === 'targets') repo.targets.version += 1;
    if (role === 'root') repo.publishRoot();
    else if (role === 'timestamp') repo.updateTimestamp();
    else repo.updateSnapshot();
    assert.equal(await refresh(), 1);
    // A root is taken before its date is looked at (5.3.10); nothing else is.
    assert.equal(await version(role), role === 'root' ? 2 : 1);
  });

test('test_expired_metadata', async (t) => {
  const { repo, refresh, version } = await tufClient(t);
  repo.timestamp.expires = iso(NOW + 7 * DAY);
  assert.equal(await refresh(), 0);
  repo.targets.version = 2;
  repo.timestamp.expires = iso(NOW + 21 * DAY);
  repo.updateSnapshot();
  assert.equal(await refresh(18), 0);
  assert.deepEqual([await version('targets'), await version('snapshot')], [2, 2]);
});
