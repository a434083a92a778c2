import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import type { DirectoryValue } from '../../../src/records/directory-import/directory-export.js';
import { openLdif } from '../../../src/records/directory-import/ldif.js';
import { holds } from '../../support/properties.js';

async function folderFor(t: Pick<TestContext, 'after'>) {
  const folder = await mkdtemp(path.join(tmpdir(), 'twinstile-ldif-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

const say = (value: DirectoryValue): string =>
  value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : `(${value.unusable})`;

async function read(t: Pick<TestContext, 'after'>, content: string | Buffer, folder?: string) {
  const file = path.join(folder ?? (await folderFor(t)), 'people.ldif');
  await writeFile(file, content);
  const entries: Record<string, readonly string[]>[] = [];
  for await (const { attributes } of openLdif([file]).entries())
    entries.push(Object.fromEntries([...attributes].map(([name, values]) => [name, values.map(say)])));
  return entries;
}

test('what ldapsearch writes is read: remarks, folding, base64, options, several values', async (t) => {
  const text = `# extended LDIF
#
# a comment that is
  folded
version: 1

dn: uid=ada,ou=people,dc=x
objectClass: inetOrgPerson
objectClass: top
cn:: SsO8cmdlbg==
cn;lang-en: Jurgen
description: a long
  line
 , folded
JpegPhoto;binary:: /9j/
 4AAQ
empty:
# in the middle
uid:ada

dn:: dWlkPWJvYg==
uid:   bob

# search result
search: 2
result: 0 Success

# numResponses: 3
`;
  for (const [name, content] of [
    ['LF', text],
    ['CRLF', text.replaceAll('\n', '\r\n')],
    ['a byte order mark', `\uFEFF${text}`],
  ] as const)
    assert.deepEqual(
      await read(t, content),
      [
        {
          dn: ['uid=ada,ou=people,dc=x'],
          objectclass: ['inetOrgPerson', 'top'],
          cn: ['Jürgen', 'Jurgen'],
          description: ['a long line, folded'],
          jpegphoto: [Buffer.from('/9j/4AAQ', 'base64').toString('utf8')],
          empty: [''],
          uid: ['ada'],
        },
        { dn: ['uid=bob'], uid: ['bob'] },
      ],
      name,
    );
});

test('any bytes come through base64 and any folding', async (t) => {
  const folder = await folderFor(t);
  const property = fc.asyncProperty(
    fc.uint8Array({ maxLength: 400 }),
    fc.integer({ min: 1, max: 90 }),
    async (bytes, width) => {
      const line = `jpegPhoto:: ${Buffer.from(bytes).toString('base64')}`;
      const folded = [
        line.slice(0, 13),
        ...(line.slice(13).match(new RegExp(`.{1,${width}}`, 'g')) ?? []),
      ].join('\n ');
      const file = path.join(folder, 'any.ldif');
      await writeFile(file, `dn: x\n${folded}\n`);
      for await (const { attributes } of openLdif([file]).entries())
        assert.deepEqual(
          Buffer.from((attributes.get('jpegphoto')?.[0] ?? []) as Uint8Array),
          Buffer.from(bytes),
        );
    },
  );
  await holds(t, property, { short: 60, long: 2_000 });
});

for (const [what, content, got] of [
  [
    'cut off in the middle of a photograph',
    'dn: uid=ada\njpegPhoto:: /9j/4AA',
    /base64 at line 2 .* got something else/,
  ],
  ['of changes', 'dn: uid=ada\nchangetype: delete\n', /a list of changes \(delete\)/],
  ['of something else', 'person,name\nada,Ada\n', /attribute: value at line 1/],
  ['without names', 'uid: ada\ncn: Ada\n', /an entry that begins with dn:/],
  ['that begins in the middle', ' tail\ndn: x\n', /got a continuation/],
  ['in UTF-16', Buffer.from('\uFEFFdn: x\n', 'utf16le'), /UTF-16/],
] as const)
  test(`an export ${what} is refused as a whole`, async (t) => {
    await assert.rejects(read(t, content), {
      code: 'bad-arguments',
      message: got,
      hint: /nothing was changed/,
    });
  });

test('an export that is not there is told', async () => {
  await assert.rejects(openLdif(['/nowhere/x.ldif']).entries()[Symbol.asyncIterator]().next(), {
    code: 'bad-arguments',
    message: /no file that can be read/,
  });
});

test('photographs that are named are read beside the export and nowhere else', async (t) => {
  const home = await folderFor(t);
  const folder = path.join(home, 'export');
  await mkdir(folder);
  await writeFile(path.join(folder, 'ada.jpg'), 'photo');
  await writeFile(path.join(home, 'secret'), 'secret');
  await symlink(path.join(home, 'secret'), path.join(folder, 'link.jpg'));
  const lines = [
    'ada.jpg',
    `file://${folder}/ada.jpg`,
    '../secret',
    `file://${home}/secret`,
    'link.jpg',
    'no.jpg',
    'https://x/ada.jpg',
  ];
  const [entry] = await read(t, `dn: x\n${lines.map((name) => `p:< ${name}`).join('\n')}\n`, folder);
  assert.deepEqual(
    entry?.p?.map((value) => value.replace(home, '')),
    [
      'photo',
      'photo',
      '(a photo lies outside of the export’s folder (../secret))',
      `(a photo lies outside of the export’s folder (/secret))`,
      '(a photo lies outside of the export’s folder (link.jpg))',
      '(a photo that cannot be read (no.jpg))',
      '(a photo is an address (https://x/ada.jpg): fetch it, and name the file beside the export)',
    ],
  );
});
