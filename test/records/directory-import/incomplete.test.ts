/** An answer that is not the whole directory must say so, and one that is no list of people must not pass for an empty one. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { personId } from '../../../src/base/ids.js';
import { checkRemoval } from '../../../src/records/directory-import/import-people.js';
import { openLdif } from '../../../src/records/directory-import/ldif.js';
import { openScim } from '../../../src/records/directory-import/scim.js';

async function readAll(t: TestContext, open: typeof openLdif, ...contents: readonly string[]) {
  const folder = await mkdtemp(path.join(tmpdir(), 'twinstile-incomplete-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const files = contents.map((_, n) => path.join(folder, `${n}`));
  for (const [n, content] of contents.entries()) await writeFile(files[n] ?? '', content);
  const source = open(files);
  let count = 0;
  for await (const _ of source.entries()) count += 1;
  return { count, incomplete: source.incomplete?.() };
}

const ADA = 'dn: uid=ada\nuid: ada\ncn: Ada\n\n';
for (const [what, tail, reason] of [
  ['a size limit', 'search: 2\nresult: 4 Size limit exceeded\n', /"4 Size limit exceeded"/],
  ['a time limit', 'search: 2\nresult: 3 Time limit exceeded\n', /"3 Time limit/],
  ['an administrator’s limit', 'search: 2\nresult: 11 Administrative limit exceeded\n', /"11 /],
  ['a referral', 'search: 2\nresult: 10 Referral\n', /"10 /],
  ['a limit in a comment, as with -L', '# search result\n# result: 4 Size limit exceeded\n', /"4 /],
  [
    'a cookie for the next page',
    'search: 2\nresult: 0 Success\npagedresults: estimate=9 cookie=AbC=\n',
    /cookie/,
  ],
  ['a cookie in a comment', 'search: 2\nresult: 0 Success\n# pagedresults: cookie=AbC=\n', /cookie/],
  [
    'success',
    'search: 2\nresult: 0 Success\ncontrol: 1.2.840 false MAA=\npagedresults: cookie=\n',
    undefined,
  ],
  [
    'all pages in one file',
    `search: 2\nresult: 0 Success\npagedresults: cookie=AbC=\n\n${ADA.replaceAll('ada', 'bob')}search: 3\nresult: 0 Success\npagedresults: cookie=\n`,
    undefined,
  ],
  ['nothing, as with -LLL', '', undefined],
] as const)
  test(`an LDIF search that ended with ${what} ${reason === undefined ? 'is' : 'is not'} taken for whole`, async (t) => {
    const { incomplete, count } = await readAll(t, openLdif, `${ADA}${tail}`);
    assert.ok(count >= 1);
    if (reason === undefined) assert.equal(incomplete, undefined);
    else assert.match(incomplete ?? '', reason);
  });

const HEADS = [
  '# extended LDIF\n#\n# LDAPv3\n# base <dc=example> with scope subtree\n#\n\n',
  'version: 1\n\n#\n# LDAPv3\n# base <dc=example> with scope subtree\n#\n\n',
];
const ENDS = ['search: 2\nresult: 0 Success\n', '# search result\n# search: 2\n# result: 0 Success\n'];
for (const [n, head] of HEADS.entries())
  test(`an LDIF search that was cut off between two entries is not taken for whole, ${n === 0 ? 'without' : 'with'} -L`, async (t) => {
    const cut = `${head}${ADA}`;
    const whole = `${cut}${ENDS[n]}`;
    assert.equal((await readAll(t, openLdif, whole)).incomplete, undefined);
    for (const files of [[cut], [whole, cut], [cut, whole]])
      assert.match((await readAll(t, openLdif, ...files)).incomplete ?? '', /without its end/);
  });

test('any result other than 0 blocks the removal of who left, whatever is asked for', () => {
  const plan = {
    missing: [personId('p')],
    managed: 100,
    refused: [],
    added: [],
    changed: [],
    unchanged: [personId('q')],
  };
  const options = {
    missingCount: 0,
    maxRemovals: 100,
    incomplete: 'a search that ended with "4 Size limit exceeded"',
  };
  assert.throws(() => checkRemoval(plan as never, options), {
    code: 'enrolment-refused',
    message: /got a search that ended with "4 Size limit exceeded"/,
  });
});

const USER = { schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'], id: '1', userName: 'ada' };
test('a single User is one person, and not the whole directory', async (t) => {
  assert.deepEqual(await readAll(t, openScim, JSON.stringify(USER)), {
    count: 1,
    incomplete: 'a single user',
  });
});

const GRAPH = { '@odata.context': 'x', value: [{ id: '1', displayName: 'Ada', accountEnabled: true }] };
test('a Graph `value` list is read, and with @odata.nextLink it is incomplete', async (t) => {
  assert.deepEqual(await readAll(t, openScim, JSON.stringify(GRAPH)), { count: 1, incomplete: undefined });
  const more = JSON.stringify({ ...GRAPH, '@odata.nextLink': 'https://graph.example/next' });
  assert.match((await readAll(t, openScim, more)).incomplete ?? '', /@odata\.nextLink/);
  assert.equal((await readAll(t, openScim, more, JSON.stringify(GRAPH))).incomplete, undefined);
});

for (const [what, content, got] of [
  [
    'an Error',
    { schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'], status: '401', detail: 'No token' },
    /an error of the service \(401: No token\)/,
  ],
  ['an error of Graph', { error: { code: 'x', message: 'Expired' } }, /an error of the service \(Expired\)/],
  ['an object of another kind', { users: [] }, /JSON of another kind/],
  ['an empty object', {}, /JSON of another kind/],
  ['a list of texts', ['ada'], /a list of other things/],
  ['nothing', null, /JSON of another kind/],
] as const)
  test(`${what} is refused as a whole, and is no empty directory`, async (t) => {
    await assert.rejects(readAll(t, openScim, JSON.stringify(content)), {
      code: 'bad-arguments',
      message: got,
    });
  });
