/** What an import would change, told from entries and from who is enrolled. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { badgeId, modelDigest, personId } from '../../../src/base/ids.js';
import { wallTime } from '../../../src/base/units.js';
import { checkRemoval } from '../../../src/records/directory-import/import-people.js';
import {
  type ImportPlan,
  planImport,
  withoutPhotos,
} from '../../../src/records/directory-import/import-plan.js';
import {
  DEFAULT_MAPPING,
  type ImportRules,
  readPerson,
} from '../../../src/records/directory-import/read-person.js';
import type { Enrolled } from '../../../src/records/people/gallery-store.js';
import type { Person } from '../../../src/records/people/person.js';
import { sameFields } from '../../support/same-fields.js';

const NOW = wallTime(Date.UTC(2026, 5, 1));
const digest = modelDigest('d'.repeat(64));
const usual: ImportRules = {
  mapping: DEFAULT_MAPPING,
  groups: new Map([['cleaners', 'cleaning']]),
  mark: 'directory',
  zone: 'UTC',
};
const badged: ImportRules = { ...usual, mapping: { ...DEFAULT_MAPPING, badge: ['badgenumber'] } };

type Attributes = Readonly<Record<string, string | readonly string[]>>;
const entry = (attributes: Attributes) => ({
  where: `entry ${attributes.uid}`,
  attributes: new Map(
    Object.entries(attributes).map(([name, values]) => [
      name,
      [values].flat().map((value) => Buffer.from(value)),
    ]),
  ),
});
const ada: Attributes = { uid: 'ada', cn: 'Ada Lovelace' };
const enrolledAs = (
  person: Partial<Person> & { readonly id: Person['id'] },
  badges: readonly string[] = [],
): Enrolled => ({
  person: { name: 'Ada Lovelace', groups: ['directory'], ...person },
  badges: badges.map(badgeId),
  templates: [],
});
const adaHere = enrolledAs({ id: personId('ada') });

function plan(
  entries: readonly Attributes[],
  enrolled: readonly Enrolled[] = [],
  rules: ImportRules = usual,
): ImportPlan {
  const reads = entries.map((one) => withoutPhotos(readPerson(entry(one), rules)));
  return planImport(reads, enrolled, { ...rules, digest, now: NOW });
}
const only = (made: ImportPlan): Person => {
  const [first, ...more] = [...made.added, ...made.changed];
  assert.ok(first !== undefined && more.length === 0, JSON.stringify(made));
  return first.person;
};

test('somebody new is added with the mark of the directory', () => {
  sameFields(only(plan([ada])), { id: 'ada', name: 'Ada Lovelace', groups: ['directory'] });
});

test('whoever is as before is unchanged', () => {
  const made = plan([ada], [adaHere]);
  sameFields([made.unchanged, made.added, made.changed, made.missing], [['ada'], [], [], []]);
});

for (const [what, attributes, stored, words, expected] of [
  ['a new name', { cn: 'Ada King' }, {}, ['name'], { name: 'Ada King' }],
  [
    'a group of the table',
    { memberof: ['CN=Cleaners,OU=Groups,DC=x', 'CN=Others,DC=x'] },
    { groups: ['chess', 'directory'] },
    ['groups'],
    { groups: ['chess', 'cleaning', 'directory'] },
  ],
  [
    'a group that was left',
    {},
    { groups: ['chess', 'cleaning', 'directory'] },
    ['groups'],
    { groups: ['chess', 'directory'] },
  ],
  ['an end', { shadowexpire: '20453' }, {}, ['until'], { validUntil: Date.UTC(2025, 11, 31) }],
  ['an end that was lifted', {}, { validUntil: wallTime(1) }, ['until'], { validUntil: undefined }],
  ['an account that was switched off', { useraccountcontrol: '514' }, {}, ['until'], { validUntil: NOW }],
  ['one of SCIM', { active: 'false' }, {}, ['until'], { validUntil: NOW }],
  ['somebody who was enrolled by hand', {}, { groups: [] }, ['groups'], { groups: ['directory'] }],
] as const)
  test(`${what} is a change`, () => {
    const made = plan([{ ...ada, ...attributes }], [enrolledAs({ id: personId('ada'), ...stored })]);
    sameFields(made.changed[0]?.differences, words);
    for (const [key, value] of Object.entries(expected))
      sameFields(only(made)[key as keyof Person], value, key);
  });

test('an account that stays switched off is no change each time', () => {
  const before = enrolledAs({ id: personId('ada'), validUntil: wallTime(NOW - 1000) });
  sameFields(plan([{ ...ada, active: 'false' }], [before]).unchanged, ['ada']);
});

test('what the directory does not say stays', () => {
  const consent = { textVersion: '1', givenAt: wallTime(5), until: wallTime(9) };
  const before = enrolledAs({ id: personId('ada'), name: 'A.', consent, validFrom: wallTime(3) }, ['b1']);
  const { consent: kept, validFrom } = only(plan([ada], [before]));
  sameFields([kept, validFrom], [consent, 3]);
  sameFields(plan([ada], [before]).changed[0]?.returnedBadges, []);
});

for (const [what, attributes, reason] of [
  ['no id', { uid: '' }, /no id \(employeenumber/],
  ['an id that is none', { uid: 'a/b' }, /letters, digits/],
  ['no name', { cn: '' }, /no name/],
  ['a name with a line break', { cn: 'Ada\nLovelace' }, /a name that is none/],
  ['a date that cannot be read', { accountexpires: 'soon' }, /date that cannot be read/],
  ['a badge that is none', { badgenumber: 'no/good' }, /a badge of other than/],
] as const)
  test(`an entry with ${what} is refused, and the person has not left`, () => {
    const made = plan([{ ...ada, ...attributes }], [adaHere], badged);
    assert.match(made.refused[0]?.reason ?? '', reason);
    sameFields(made.changed, []);
    if (attributes !== undefined && !('uid' in attributes)) sameFields(made.missing, []);
  });

test('folders, groups and machines are no people', () => {
  const made = plan([
    { objectclass: ['top', 'organizationalUnit'], ou: 'people' },
    { objectclass: ['top', 'person', 'user', 'computer'], cn: 'PC-7', samaccountname: 'PC-7$' },
    { objectclass: 'groupOfNames', cn: 'cleaners' },
    { ...ada, objectclass: ['top', 'inetOrgPerson'] },
  ]);
  sameFields([made.others, made.added.length, made.refused.length], [3, 1, 0]);
});

test('of two entries with one id or one badge the first counts', () => {
  const made = plan(
    [
      { ...ada, badgenumber: 'b1' },
      { ...ada, cn: 'Somebody else' },
      { uid: 'bob', cn: 'Bob', badgenumber: 'b1' },
      { uid: 'cat', cn: 'Cat', badgenumber: 'b2' },
    ],
    [enrolledAs({ id: personId('dan') }, ['b2'])],
    badged,
  );
  sameFields(
    made.refused.map(({ id, reason }) => `${id}: ${reason}`),
    ['ada: the id is that of entry ada, too', 'bob: badge b1 is ada’s', 'cat: badge b2 is dan’s'],
  );
  sameFields([made.added.map(({ person }) => person.id), made.missing], [['ada'], ['dan']]);
});

test('a badge goes from one to the other when the directory says so, given back before it is taken', () => {
  const made = plan(
    [
      { uid: 'bob', cn: 'Ada Lovelace', badgenumber: 'b1' },
      { ...ada, badgenumber: 'b2' },
    ],
    [enrolledAs({ id: personId('ada') }, ['b1']), enrolledAs({ id: personId('bob') }, ['b2'])],
    badged,
  );
  sameFields(made.refused, []);
  sameFields(
    made.changed.map(({ person, returnedBadges: given, changes }) => [person.id, given, changes]),
    [
      ['bob', ['b2'], [{ kind: 'add-badge', badge: 'b1', person: 'bob', from: null }]],
      ['ada', ['b1'], [{ kind: 'add-badge', badge: 'b2', person: 'ada', from: null }]],
    ],
  );
});

test('only whom the directory brought can be missing from it', () => {
  const visitor = enrolledAs({ id: personId('visitor'), groups: ['visitors'] });
  sameFields(plan([ada], [adaHere, visitor, enrolledAs({ id: personId('eve') })]).missing, ['eve']);
});

const staff = (count: number) =>
  Array.from({ length: count }, (_, n) => enrolledAs({ id: personId(`p${n}`) }));
const entriesOf = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ uid: `p${n}`, cn: 'Ada Lovelace' }));

for (const [what, here, enrolled, order, error] of [
  ['five of six', 1, 6, { missingCount: 0 }, undefined],
  ['six of seven', 1, 7, { missingCount: 0 }, /at most 5 people to remove, got 6 of 7/],
  ['a tenth of many', 90, 100, { missingCount: 0 }, undefined],
  ['more than a tenth of many', 89, 100, { missingCount: 0 }, /at most 10 people to remove, got 11 of 100/],
  ['as many as was said', 1, 100, { missingCount: 0, maxRemovals: 99 }, undefined],
  ['nobody, though some are there', 0, 3, { missingCount: 0 }, /people in the export/],
  ['somebody out of a page', 2, 3, { missingCount: 10 }, /lacks 10/],
] as const)
  test(`removing ${what} is ${error === undefined ? 'allowed' : 'refused'}`, () => {
    const made = plan(entriesOf(here), staff(enrolled));
    if (error === undefined) checkRemoval(made, order);
    else assert.throws(() => checkRemoval(made, order), { code: 'enrolment-refused', message: error });
  });

test('nobody is removed while an entry has no id: it may be the one who seems to have left', () => {
  const made = plan([...entriesOf(5), { cn: 'Who' }], staff(6));
  assert.throws(() => checkRemoval(made, { missingCount: 0 }), {
    code: 'enrolment-refused',
    message: /an id in every entry/,
  });
});

for (const [directory, attributes] of [
  ['FreeIPA', { krbPrincipalExpiration: '20260101000000Z' }],
  ['OpenLDAP, locked by an administrator', { pwdAccountLockedTime: '000001010000Z' }],
  ['OpenLDAP, ended', { pwdEndTime: '20260101000000Z' }],
  ['AD LDS', { 'msDS-UserAccountDisabled': 'TRUE' }],
  ['eDirectory, disabled', { loginDisabled: 'TRUE' }],
  ['eDirectory, ended', { loginExpirationTime: '20260101000000Z' }],
  ['Sun', { inetUserStatus: 'Inactive' }],
  ['Sun, deleted', { inetUserStatus: 'deleted' }],
  ['389', { nsAccountLock: 'TRUE' }],
  ['Samba', { sambaAcctFlags: '[DU         ]' }],
  ['Samba, ended', { sambaKickoffTime: '1767225600' }],
  ['Microsoft Graph', { accountEnabled: 'false' }],
] as const)
  test(`a closed account of ${directory} is valid no more`, () => {
    const lower = Object.entries(attributes).map(([name, value]) => [name.toLowerCase(), value]);
    const { validUntil } = only(plan([{ ...ada, ...Object.fromEntries(lower) }]));
    assert.ok(validUntil !== undefined && validUntil <= NOW, `${validUntil}`);
  });

test('the earliest of several ends counts, and open accounts stay open', () => {
  const ends = {
    shadowexpire: '99999',
    krbprincipalexpiration: '20260701000000Z',
    pwdendtime: '20260801000000Z',
  };
  assert.equal(only(plan([{ ...ada, ...ends }])).validUntil, Date.UTC(2026, 6, 1));
  const open = {
    logindisabled: 'FALSE',
    inetuserstatus: 'active',
    nsaccountlock: 'false',
    useraccountcontrol: '512',
  };
  const made = plan([{ ...ada, ...open }]);
  assert.equal(only(made).validUntil, undefined);
  sameFields(made.refused, []);
});

test('a mark that is not understood is named; a known one with another word closes the account', () => {
  const made = plan([
    { ...ada, vendoraccountdisabled: 'TRUE', inetusterstatus: 'x', passwordexpired: 'TRUE' },
  ]);
  assert.equal(only(made).validUntil, undefined);
  assert.match(
    made.refused.map(({ reason }) => reason).join(),
    /^vendoraccountdisabled may say .* not understood here$/,
  );
  const other = plan([{ ...ada, inetuserstatus: 'parked' }]);
  assert.equal(only(other).validUntil, NOW);
  assert.match(other.refused[0]?.reason ?? '', /inetuserstatus says 'parked'/);
});

test('an end that is left to the desk is not read', () => {
  const rules = { ...usual, mapping: { ...DEFAULT_MAPPING, validUntil: [] } };
  assert.equal(
    only(plan([{ ...ada, krbprincipalexpiration: '20260101000000Z' }], [], rules)).validUntil,
    undefined,
  );
});
