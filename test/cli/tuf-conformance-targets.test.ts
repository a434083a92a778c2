/** What the public suite of TUF asks of delegations and downloads: see tuf-conformance.test.ts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tufClient } from '../fixtures/tuf-client.js';

test('test_client_downloads_expected_file, also in a sub dir, and not twice', async (t) => {
  const { repo, refresh, download, downloaded } = await tufClient(t);
  repo.addArtifact('targets', 'path/to/a/target_file.txt', 'target file contents');
  assert.equal(await refresh(), 0);
  assert.deepEqual(await downloaded(), []);
  assert.equal(await download('path/to/a/target_file.txt'), 0);
  assert.equal(await download('path/to/a/target_file.txt'), 0);
  assert.deepEqual(await downloaded(), ['target file contents']);
  assert.equal(
    repo.asked.filter((each) => each.startsWith('target ')).length,
    1,
    'what is here is not fetched again',
  );
});

test('test_repository_substitutes_target_file', async (t) => {
  const { repo, download, downloaded } = await tufClient(t);
  repo.addArtifact('targets', 'one', 'the first');
  repo.addArtifact('targets', 'two', 'the other');
  assert.equal(await download('one'), 0);
  for (const name of ['one', 'two']) repo.artifacts.set(name, Buffer.from('evil'));
  await download('one');
  assert.equal(await download('two'), 1);
  assert.deepEqual(await downloaded(), ['the first']);
});

test('test_multiple_changes_to_target', async (t) => {
  const { repo, download, downloaded } = await tufClient(t);
  for (let round = 1; round <= 4; round += 1) {
    repo.addArtifact('targets', 'file', `honest ${round}`);
    repo.targets.version += 1;
    repo.updateSnapshot();
    assert.equal(await download('file'), 0);
    assert.deepEqual(await downloaded(), [`honest ${round}`]);
    repo.artifacts.set('file', Buffer.from('evil'));
    repo.targets.version += 1;
    repo.updateSnapshot();
    await download('file');
    assert.deepEqual(await downloaded(), [`honest ${round}`]);
  }
});

type Edge = readonly [from: string, to: string, more?: { paths?: string[]; terminating?: boolean }];
const py = { paths: ['*.py'] };
const last = { terminating: true };
for (const [name, edges, visited] of [
  ['basic-delegation', [['targets', 'A']], 'A'],
  [
    'single-level-delegations',
    [
      ['targets', 'A'],
      ['targets', 'B'],
    ],
    'A B',
  ],
  [
    'two-level-delegations',
    [
      ['targets', 'A'],
      ['targets', 'B'],
      ['B', 'C'],
    ],
    'A B C',
  ],
  [
    'two-level-test-DFS-order-of-traversal',
    [
      ['targets', 'A'],
      ['targets', 'B'],
      ['A', 'C'],
      ['A', 'D'],
    ],
    'A C D B',
  ],
  [
    'three-level-delegation-test-DFS-order-of-traversal',
    [
      ['targets', 'A'],
      ['targets', 'B'],
      ['A', 'C'],
      ['C', 'D'],
    ],
    'A C D B',
  ],
  [
    'two-level-terminating-ignores-all-but-roles-descendants',
    [
      ['targets', 'A'],
      ['targets', 'B'],
      ['A', 'C', last],
      ['A', 'D'],
    ],
    'A C',
  ],
  [
    'three-level-terminating-ignores-all-but-roles-descendants',
    [
      ['targets', 'A'],
      ['targets', 'B'],
      ['A', 'C', last],
      ['C', 'D'],
    ],
    'A C D',
  ],
  [
    'two-level-ignores-all-branches-not-matching-paths',
    [
      ['targets', 'A', py],
      ['targets', 'B'],
      ['A', 'C'],
    ],
    'B',
  ],
  [
    'three-level-ignores-all-branches-not-matching-paths',
    [
      ['targets', 'A'],
      ['targets', 'B'],
      ['A', 'C', py],
      ['C', 'D'],
    ],
    'A B',
  ],
  [
    'cyclic-graph',
    [
      ['targets', 'A'],
      ['targets', 'B'],
      ['B', 'C'],
      ['C', 'D'],
      ['D', 'B'],
    ],
    'A B C D',
  ],
  [
    'two-roles-delegating-to-a-third',
    [
      ['targets', 'A'],
      ['targets', 'B'],
      ['B', 'C'],
      ['A', 'C'],
    ],
    'A C B',
  ],
  [
    'two-roles-delegating-to-a-third-different-paths',
    [
      ['targets', 'A'],
      ['targets', 'B'],
      ['B', 'C'],
      ['A', 'C', py],
    ],
    'A B C',
  ],
] as const satisfies readonly (readonly [string, readonly Edge[], string])[])
  test(`test_graph_traversal[${name}]`, async (t) => {
    const { repo, download } = await tufClient(t);
    for (const [from, to, more] of edges as readonly Edge[]) repo.delegate(from, to, more);
    repo.targets.version += 1;
    repo.updateSnapshot();
    assert.equal(await download('missingpath'), 1);
    assert.equal(
      repo.asked.slice(4).join(', '),
      visited
        .split(' ')
        .map((role) => `${role} 1`)
        .join(', '),
    );
  });

for (const [name, target, isFound, visited] of [
  ['no delegations', 'targetfile', true, []],
  ['targetpath matches wildcard', 'README.md', true, ['A 1']],
  ['targetpath with separators x', 'releases/x/x_v1', true, ['B 1', 'C 1']],
  ['targetpath with separators y', 'releases/y/y_v1.zip', true, ['B 1', 'D 1']],
  ['targetpath is not delegated by all roles in the chain', 'releases/z/z_v1.zip', false, ['B 1']],
] as const)
  test(`test_targetfile_search[${name}]`, async (t) => {
    const { repo, download, downloaded } = await tufClient(t);
    repo.delegate('targets', 'A', { paths: ['*.doc', '*.md'] });
    repo.delegate('targets', 'B', { paths: ['releases/*/*'] });
    repo.delegate('B', 'C', { paths: ['releases/x/*'] });
    repo.delegate('B', 'D', { paths: ['releases/y/*.zip'] });
    for (const [role, file] of [
      ['targets', 'targetfile'],
      ['A', 'README.md'],
      ['C', 'releases/x/x_v1'],
      ['D', 'releases/y/y_v1.zip'],
      ['D', 'releases/z/z_v1.zip'],
    ] as const)
      repo.addArtifact(role, file, `${file} by ${role}`);
    repo.targets.version += 1;
    repo.updateSnapshot();
    assert.equal(await download(target), isFound ? 0 : 1);
    assert.equal((await downloaded()).length, isFound ? 1 : 0);
    assert.deepEqual(
      repo.asked.slice(4).filter((each) => !each.startsWith('target ')),
      visited,
    );
  });

for (const role of ['?', '#', '/delegatedrole', '../delegatedrole', 'role with spaces', 'a%2Fb', 'rôle'])
  test(`test_unusual_role_name[${role}]`, async (t) => {
    const { repo, download } = await tufClient(t);
    repo.delegate('targets', role);
    repo.addArtifact(role, 'file', 'contents');
    repo.targets.version += 1;
    repo.updateSnapshot();
    assert.equal(await download('file'), 0);
    assert.ok(repo.asked.includes(`${role} 1`), repo.asked.join(', '));
  });
