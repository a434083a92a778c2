import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { parse } from 'yaml';
import { z } from 'zod';
import { createAccessController } from '../../../../src/access/policy/access-controller.js';
import { ACCESS_REASONS, accessSentenceOf } from '../../../../src/access/policy/access-reasons.js';
import { laneId, personId } from '../../../../src/base/ids.js';
import { monotonic, wallTime } from '../../../../src/base/units.js';
import { accessModelOf } from '../../../../src/service/config/access-model.js';
import { accessConflicts } from '../../../../src/service/config/conflicts/access-conflicts.js';
import { type AccessConfig, accessRules } from '../../../../src/service/config/sections/access-section.js';

const example = `
time_zone: Europe/Berlin
holidays:
  - { id: public, dates: ["12-25", 2026-04-03] }
schedules:
  - id: office
    hours:
      - { days: [mon, tue, wed, thu, fri], from: "07:00", to: "19:00" }
    holidays: { calendar: public }
    special_days:
      - { first: 2026-12-28, last: 2026-12-31, hours: [{ from: "10:00", to: "14:00" }] }
  - id: night
    time_zone: Asia/Kathmandu
    hours:
      - { days: [fri], from: "22:00", to: "06:00" }
groups:
  - { id: staff, people: [ada, bob] }
  - { id: suspended, people: [bob] }
  - { id: visitors }
rules:
  - { effect: grant, groups: [staff], schedule: office }
  - { effect: grant, groups: [visitors], lanes: [north], first_day: 2026-06-15, last_day: 2026-06-16 }
  - { effect: deny, groups: [suspended] }
zones: [street, hall]
lanes:
  - id: north
    credentials: badge-or-face
    exceptions: [{ schedule: night, credentials: badge-and-face }]
    from_zone: street
    to_zone: hall
    tailgating: report
    count_on: passed
  - { id: south, from_zone: hall, to_zone: street }
anti_passback: { again_after_ms: 60000, zones: hard, reset_at: "04:00" }
quotas:
  - { id: canteen, groups: [everyone], lanes: [south], per_day: 2 }
watch_list: { people: [eve], groups: [suspended] }
`;
const boxLanes = [{ id: 'north' }, { id: 'south' }];
const configOf = (text: string): AccessConfig => accessRules.parse(parse(text));
const conflictsIn = (text: string) =>
  accessConflicts(parse(text), boxLanes).map(({ path, text: said }) => `${path}: ${said}`);

test('the example is valid and contradicts itself nowhere', () => {
  assert.equal(accessRules.safeParse(parse(example)).success, true);
  assert.deepEqual(conflictsIn(example), []);
});

test('what is not written has the documented default', () => {
  const config = configOf('time_zone: UTC\nrules: [{ effect: grant, groups: [everyone] }]');
  assert.deepEqual(config.rules, [
    { effect: 'grant', groups: ['everyone'], lanes: ['all'], schedule: 'always' },
  ]);
  assert.deepEqual(config.anti_passback, { zones: 'off' });
  assert.deepEqual([config.quotas, config.person_lock_ms], [[], 3000]);
});

for (const [what, from, to, path] of [
  ['a zone that nobody knows', 'Europe/Berlin', 'Europe/Atlantis', 'time_zone'],
  ['a date that does not exist', '2026-04-03', '2026-02-30', 'holidays.0.dates.1'],
  ['a yearly date that does not exist', '12-25', '13-25', 'holidays.0.dates.0'],
  ['a time that does not exist', '"07:00"', '"25:00"', 'schedules.0.hours.0.from'],
  ['a day that begins at 24:00', '"07:00"', '"24:00"', 'schedules.0.hours.0.from'],
  ['a weekday in another language', '[fri]', '[fre]', 'schedules.1.hours.0.days.0'],
  ['an effect that is none', 'effect: deny', 'effect: forbid', 'rules.2.effect'],
  ['a policy that is none', 'badge-or-face', 'face-or-badge', 'lanes.0.credentials'],
  ['a quota of nothing', 'per_day: 2', 'per_day: 0', 'quotas.0.per_day'],
  ['a NaN', 'again_after_ms: 60000', 'again_after_ms: .nan', 'anti_passback.again_after_ms'],
  ['a misspelt key', 'reset_at', 'reset_time', 'anti_passback'],
] as const) {
  test(`refuses ${what}`, () => {
    const { error } = accessRules.safeParse(parse(example.replace(from, to)));
    assert.deepEqual(
      error?.issues.map((issue) => issue.path.join('.')),
      [path],
    );
  });
}

for (const [what, from, to, expected] of [
  [
    'a group that is not described',
    'groups: [visitors]',
    'groups: [visitors, guests]',
    /^access\.rules\[1\]\.groups\[1\]: .*got "guests".*Known here: everyone, visitors, staff/,
  ],
  [
    'a lane that is not there',
    'lanes: [north]',
    'lanes: [nord]',
    /^access\.rules\[1\]\.lanes\[0\]: .*"nord".*north, south/,
  ],
  ['a policy for a lane that is not there', 'id: north', 'id: west', /^access\.lanes\[0\]\.id: .*"west"/],
  [
    'a schedule that is not described',
    'schedule: office',
    'schedule: offce',
    /^access\.rules\[0\]\.schedule: .*"offce"/,
  ],
  [
    'an exception at no schedule',
    'schedule: night',
    'schedule: nite',
    /^access\.lanes\[0\]\.exceptions\[0\]\.schedule: .*"nite"/,
  ],
  [
    'a calendar that is not described',
    'calendar: public',
    'calendar: bank',
    /^access\.schedules\[0\]\.holidays\.calendar: .*"bank"/,
  ],
  [
    'a zone that is not described',
    'zones: [street, hall]',
    'zones: [street]',
    /^access\.lanes\[0\]\.to_zone: .*"hall"/,
  ],
  [
    'a watched group that is not described',
    'groups: [suspended] }\n',
    'groups: [lost] }\n',
    /^access\.(watch_list\.groups|rules\[2\]\.groups)\[0\]: .*"lost"/,
  ],
  [
    'a schedule that is never open',
    '- { days: [fri], from: "22:00", to: "06:00" }',
    '[]',
    /^access\.schedules\[1\]: .*"night": it is never open/,
  ],
  [
    'hours that end where they begin',
    'to: "06:00"',
    'to: "22:00"',
    /^access\.schedules\[1\]\.hours\[0\]\.to: .*"22:00"/,
  ],
  [
    'special days that overlap',
    'special_days:\n',
    'special_days:\n      - { first: 2026-12-30, last: 2027-01-02 }\n',
    /^access\.schedules\[0\]\.special_days\[1\]: .*2026-12-30.*special_days\[0\]/,
  ],
  [
    'special days that end before they begin',
    'last: 2026-12-31',
    'last: 2026-12-01',
    /^access\.schedules\[0\]\.special_days\[0\]\.last: .*"2026-12-01"/,
  ],
  [
    'a rule that ends before it begins',
    'last_day: 2026-06-16',
    'last_day: 2026-06-01',
    /^access\.rules\[1\]\.last_day: .*"2026-06-01"/,
  ],
  [
    'two groups of one name',
    'id: suspended',
    'id: staff',
    /^access\.groups\[1\]\.id: .*"staff".*groups\[0\]/,
  ],
  [
    'a schedule called always',
    'id: office',
    'id: always',
    /^access\.schedules\[0\]\.id: .*"always", which is there by itself/,
  ],
  [
    'a lane that leads to where it comes from',
    'to_zone: hall',
    'to_zone: street',
    /^access\.lanes\[0\]\.to_zone: .*"street"/,
  ],
  [
    'a lane that leads nowhere',
    '    to_zone: hall\n',
    '',
    /^access\.lanes\[0\]: .*from_zone and to_zone together/,
  ],
  ['exceptions to nothing', '    credentials: badge-or-face\n', '', /^access\.lanes\[0\]\.credentials: /],
  ['a reset of zones that are off', 'zones: hard, ', '', /^access\.anti_passback\.reset_at: .*"04:00" alone/],
] as const) {
  test(`tells of ${what}`, () => {
    const changed = example.replace(from, to);
    assert.notEqual(changed, example);
    assert.match(conflictsIn(changed)[0] ?? '', expected);
  });
}

test('zones that no lane leads to are told of', () =>
  assert.match(
    conflictsIn('rules: []\nanti_passback: { zones: soft }').join(),
    /^access\.anti_passback\.zones: .*"soft" and none/,
  ));

test('looks at anything without breaking', () => {
  for (const raw of [undefined, null, [], 'x', { schedules: 'x', rules: [1, null], lanes: {}, groups: [{}] }])
    assert.ok(Array.isArray(accessConflicts(raw, raw)));
});

test('what is written is what is asked', () => {
  const controller = createAccessController(
    accessModelOf(configOf(example), (id) => (id === 'vic' ? ['visitors'] : [])),
  );
  const ask = (person: string, lane: string, at: string) => {
    const answer = controller.check({
      person: personId(person),
      lane: laneId(lane),
      direction: 'in',
      mode: 'normal',
      shown: { face: true, badge: false },
      behind: false,
      now: monotonic(0),
      at: wallTime(Date.parse(at)),
    });
    return answer.allowed ? 'allowed' : answer.reason;
  };
  for (const [person, lane, at, expected] of [
    ['ada', 'north', '2026-06-15T07:00+02:00', 'allowed'],
    ['ada', 'north', '2026-06-15T19:00+02:00', 'outside-hours'],
    ['ada', 'north', '2026-04-03T10:00+02:00', 'outside-hours'],
    ['ada', 'north', '2026-12-28T13:59+01:00', 'allowed'],
    ['ada', 'north', '2026-12-28T14:00+01:00', 'outside-hours'],
    ['bob', 'north', '2026-06-15T10:00+02:00', 'denied'],
    ['eve', 'north', '2026-06-15T10:00+02:00', 'no-access'],
    ['vic', 'north', '2026-06-16T23:59+02:00', 'allowed'],
    ['vic', 'north', '2026-06-17T00:00+02:00', 'access-expired'],
    ['vic', 'south', '2026-06-15T10:00+02:00', 'no-access'],
  ] as const)
    assert.equal(ask(person, lane, at), expected, `${person} ${lane} ${at}`);
  const night = wallTime(Date.parse('2026-06-19T23:00+05:45'));
  assert.equal(controller.asked(laneId('north'), night)?.badgeThenFace, true);
  assert.equal(controller.asked(laneId('south'), night), undefined);
});

test('a schedule that is not there opens for nobody and keeps a denial in force', () => {
  const config = configOf(example);
  for (const [effect, isOpen] of [
    ['grant', false],
    ['deny', true],
  ] as const) {
    const rules = [{ effect, groups: ['everyone'], lanes: ['all'], schedule: 'gone' }];
    const [rule] = accessModelOf({ ...config, rules }).rules;
    assert.equal(rule?.during(wallTime(0)), isOpen);
  }
});

test('every key is explained', () => {
  const unexplained: string[] = [];
  const walk = (node: z.core.JSONSchema.BaseSchema, path: string): void => {
    for (const [name, child] of Object.entries(node.properties ?? {})) {
      if (typeof child === 'boolean') continue;
      if (child.description === undefined) unexplained.push(`${path}.${name}`);
      walk(child, `${path}.${name}`);
      const { items } = child;
      if (typeof items === 'object' && !Array.isArray(items)) walk(items, `${path}.${name}[]`);
    }
  };
  walk(z.toJSONSchema(accessRules, { io: 'input' }), 'access');
  assert.deepEqual(unexplained, []);
});

test('the page about access shows rules that are valid, and every sentence as it is said', async () => {
  const page = await readFile('docs/ACCESS.md', 'utf8');
  const shown: unknown = parse(/```yaml\n(.*?)```/s.exec(page)?.[1] ?? '').access;
  assert.deepEqual(accessRules.safeParse(shown).error?.issues ?? [], []);
  assert.deepEqual(accessConflicts(shown, [{ id: 'north' }, { id: 'canteen' }]), []);
  for (const reason of ACCESS_REASONS)
    assert.ok(page.includes(`| \`${reason}\` | ${accessSentenceOf(reason)} |`), reason);
});

test('a badge suffices for groups of some people that are described, never for all', () => {
  const withGroups = (groups: string) =>
    conflictsIn(
      example.replace(
        'credentials: badge-or-face',
        `credentials: face-only\n    badge_suffices: [${groups}]`,
      ),
    );
  assert.deepEqual(withGroups('suspended, staff'), []);
  assert.match(
    withGroups('veiled').join(),
    /lanes\[0\]\.badge_suffices\[0\].*group that is described.*veiled/,
  );
  for (const all of ['everyone', 'visitors'])
    assert.match(withGroups(all).join(), /badge_suffices\[0\].*group of some people.*badge-or-face/);
});

test('the badge of a group for which it suffices opens by itself at that lane, and at no other', () => {
  const desk = createAccessController(
    accessModelOf(configOf(example.replace('credentials: badge-or-face', 'badge_suffices: [Staff]'))),
  );
  const suffices = (person: string, lane: string) => desk.badgeSuffices(personId(person), laneId(lane));
  assert.equal(suffices('ada', 'north'), true);
  assert.equal(suffices('ada', 'south'), false);
  assert.equal(suffices('eve', 'north'), false);
});
