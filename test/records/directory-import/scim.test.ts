import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import type { DirectoryValue } from '../../../src/records/directory-import/directory-export.js';
import { openScim } from '../../../src/records/directory-import/scim.js';

const say = (value: DirectoryValue): string =>
  value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : `(${value.unusable})`;

async function read(t: Pick<TestContext, 'after'>, ...pages: readonly unknown[]) {
  const folder = await mkdtemp(path.join(tmpdir(), 'twinstile-scim-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const files = pages.map((_, n) => path.join(folder, `page${n}.json`));
  for (const [n, page] of pages.entries())
    await writeFile(files[n] ?? '', typeof page === 'string' ? page : JSON.stringify(page));
  const source = openScim(files);
  const entries: Record<string, readonly string[]>[] = [];
  for await (const { attributes } of source.entries())
    entries.push(Object.fromEntries([...attributes].map(([name, values]) => [name, values.map(say)])));
  return { entries, left: source.missingCount() };
}

const ada = {
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
  id: '2819c223',
  userName: 'ada',
  active: false,
  name: { formatted: 'Ada Lovelace', familyName: 'Lovelace' },
  groups: [
    { value: 'g1', display: 'Staff' },
    { value: 'g2', display: 'Cleaners' },
  ],
  photos: [
    { value: 'data:image/jpeg;base64,cGhvdG8=', type: 'photo' },
    { value: 'https://photos.example/ada.jpg', type: 'thumbnail' },
  ],
  'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': {
    employeeNumber: '1815',
    manager: { value: 'x' },
  },
  nothing: null,
};

test('a resource becomes attributes, those of a schema extension under their own names', async (t) => {
  const { entries, left } = await read(t, { totalResults: 1, Resources: [ada] });
  const [entry] = entries;
  assert.deepEqual(
    [
      'username',
      'active',
      'name.formatted',
      'groups.display',
      'groups',
      'employeenumber',
      'manager',
      'photos',
    ].map((name) => entry?.[name]),
    [
      ['ada'],
      ['false'],
      ['Ada Lovelace'],
      ['Staff', 'Cleaners'],
      ['g1', 'g2'],
      ['1815'],
      ['x'],
      [
        'photo',
        '(a photo is an address (https://photos.example/ada.jpg): fetch it, and name the file beside the export)',
      ],
    ],
  );
  assert.equal(left, 0);
});

test('several pages are one export, and what is missing of it is counted', async (t) => {
  const page = (...names: readonly string[]) => ({
    totalResults: 3,
    Resources: names.map((userName) => ({ userName })),
  });
  assert.deepEqual((await read(t, page('a', 'b'))).left, 1);
  const { entries, left } = await read(t, page('a', 'b'), page('c'));
  assert.deepEqual([entries.length, left], [3, 0]);
  assert.equal((await read(t, [{ userName: 'a' }])).entries.length, 1);
});

for (const [what, content] of [
  ['no JSON', 'dn: x'],
  ['a number', '7'],
  [
    'an error of the service',
    { schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'], Resources: 'none' },
  ],
] as const)
  test(`${what} is refused`, async (t) => {
    await assert.rejects(read(t, content), { code: 'bad-arguments' });
  });
