/** Every change of rules, models or keys that comes into force is a row of the journal that says what changed. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { modelDigest } from '../../../src/base/ids.js';
import { comparisonOf } from '../../../src/biometrics/head/comparison.js';
import { packsFolder } from '../../../src/biometrics/packs/pack-catalog.js';
import { openPacks } from '../../../src/biometrics/packs/pack-store.js';
import { newGrantKey } from '../../../src/gate/protocol/signature.js';
import { openGallery } from '../../../src/records/people/sql-gallery.js';
import { type Database, openDatabase } from '../../../src/records/sql/sqlite/sqlite-database.js';
import { openJournal } from '../../../src/records/sql/sqlite/sqlite-journal.js';
import { loadConfig } from '../../../src/service/config/load-config.js';
import { readAuthority } from '../../../src/service/daemon/operator-sessions.js';
import { serveInForce } from '../../../src/service/in-force/serve-in-force.js';
import { boxActs } from '../../../src/service/setup/local-acts.js';
import { rotateKey } from '../../../src/service/setup/rotate-gallery-key.js';
import { readSecrets } from '../../../src/service/setup/secrets.js';
import { holds } from '../../support/properties.js';
import { withUndigestedTable } from '../../support/undigested.js';
import { until } from '../../until.js';

const { card } = await openPacks(packsFolder()).open('builtin');
const configured = comparisonOf(card);
const silent = { error: () => {}, info: () => {} };

const CONFIG = `
site: s
data_dir: ./data
gallery: { key_file: ./gallery.key }
mqtt: { url: "mqtts://b:8883" }
grants: { key_id: a, algorithm: ed25519, key_file: ./grant.key }
lanes:
  - { id: north, gate: g, gate_key_file: ./gate.pub, direction: in, camera: { kind: usb, device: /dev/video0 }, identification: { max_fpir: 1 in 1_000 } }
commands: { operators: [{ id: desk, key_file: ./desk.pub }] }
access:
  time_zone: UTC
  schedules: [{ id: office, hours: [{ days: [mon], from: "08:00", to: "18:00" }] }]
  groups:
    - { id: staff, people: [p-4711, p-4712] }
    - { id: cleaners, people: [p-4713] }
  denied_badges: [lost-badge]
  rules: [{ effect: grant, groups: [staff], lanes: [north], schedule: office }]
  zones: [yard]
`;

async function box(t: TestContext) {
  const folder = await mkdtemp(path.join(tmpdir(), 'twinstile-in-force-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const newKeys = { gallery: Buffer.alloc(32, 3), desk: newGrantKey('ed25519') };
  const put = (name: string, bytes: Uint8Array | string) => writeFile(path.join(folder, name), bytes);
  await put('gallery.key', newKeys.gallery);
  await put('grant.key', newGrantKey('ed25519').secret);
  await put('gate.pub', newGrantKey('ed25519').forGate ?? '');
  await put('desk.pub', newKeys.desk.forGate ?? '');
  const database = await openDatabase(':memory:');
  t.after(() => database.close());
  const load = async (text: string) => {
    await put('twinstile.yaml', text);
    return loadConfig(path.join(folder, 'twinstile.yaml'));
  };
  let compared: typeof configured | undefined;
  /** As the service does at its start. */
  const start = async (text = CONFIG, { models = card, comparison = configured } = {}) => {
    const config = await load(text);
    const secrets = await readSecrets(config, undefined);
    await (await openGallery(database, secrets.galleryKey)).close();
    const inForce = await serveInForce({
      config,
      tables: database,
      acts: boxActs,
      secrets,
      credentials: undefined,
      card: models,
      comparison,
      through: () => compared ?? comparison,
      log: silent,
    });
    await inForce.begin(config, await readAuthority(config));
    const reload = async (next: string) => {
      const again = await load(next);
      await inForce.reload(again, await readAuthority(again));
    };
    return { ...inForce, reload };
  };
  const adapt = (to: typeof configured) => {
    compared = to;
  };
  return { folder, put, database, start, adapt };
}

const rowsIn = async (database: Database, after = 0) =>
  (await openJournal(database).walk(after, 1000)).map(({ body }) => body);
const newest = async (database: Database, count: number) => (await rowsIn(database)).slice(-count);
/** What a row says in words. */
const said = ({ act, added, changed, removed }: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(
    Object.entries({ act, added, changed, removed }).filter(([, value]) => value !== undefined),
  );

test('the first start writes down rules, models and keys; a start without a change writes nothing', async (t) => {
  const { database, start } = await box(t);
  await start();
  const rows = await rowsIn(database);
  assert.deepEqual(
    rows.map(({ act, by, digest_before: before }) => [act, by, before]),
    [
      ['rules-changed', 'box', null],
      ['models-changed', 'box', null],
      ['keys-changed', 'box', null],
    ],
  );
  assert.deepEqual(
    rows.map(({ added }) => added),
    [
      [
        'lane north',
        'schedule office',
        'group staff',
        'group cleaners',
        'grant staff at north: office',
        'denied badges',
        'zone yard',
        'time_zone',
        'anti_passback',
        'person_lock_ms',
        'operator desk',
      ],
      ['pack builtin', ...(configured.calibration === undefined ? [] : ['calibration'])],
      ['gallery key', 'grant key a', 'key of this box', 'gate key of lane north', 'key of operator desk'],
    ],
  );
  assert.equal(rows[1]?.compared, configured.digest);
  await start();
  assert.equal((await rowsIn(database)).length, 3);
});

test('a damaged key of the box is a row, and keeps no box from starting', async (t) => {
  const { put, database, start } = await box(t);
  await start();
  await put('data/device.key', 'one flipped bit');
  await start();
  assert.deepEqual((await newest(database, 1)).map(said), [
    { act: 'keys-changed', changed: ['key of this box'] },
  ]);
});

test('changed rules are a row with the names of what changed and a digest before and after', async (t) => {
  const { database, start } = await box(t);
  await start();
  const [first] = await rowsIn(database);
  await start(
    CONFIG.replace('p-4712', 'p-4799')
      .replace('    - { id: cleaners, people: [p-4713] }\n', '')
      .replace('zones: [yard]', 'zones: [yard, hall]')
      .replace('1 in 1_000', '1 in 2_000'),
  );
  const rows = await rowsIn(database, 3);
  assert.equal(rows.length, 1);
  const [row = {}] = rows;
  assert.deepEqual(said(row), {
    act: 'rules-changed',
    added: ['zone hall'],
    changed: ['lane north', 'group staff'],
    removed: ['group cleaners'],
  });
  assert.equal(row.digest_before, first?.digest_after);
  assert.notEqual(row.digest_after, row.digest_before);
});

test('without any access rules the row says that everybody may pass', async (t) => {
  const { database, start } = await box(t);
  await start();
  await start(CONFIG.slice(0, CONFIG.indexOf('access:')));
  const [row = {}] = await newest(database, 1);
  assert.deepEqual(row.added, ['no access rules: everybody who is recognised may pass']);
  assert.ok((row.removed as string[]).includes('grant staff at north: office'));
});

test('a reload is a row of what it changes; lanes, which wait for a restart, are not told before it', async (t) => {
  const { database, start } = await box(t);
  const here = await start();
  const next = CONFIG.replace('denied_badges: [lost-badge]', 'denied_badges: [lost-badge, beef]').replace(
    '1 in 1_000',
    '1 in 2_000',
  );
  await here.reload(next);
  await here.reload(next);
  assert.deepEqual((await rowsIn(database, 3)).map(said), [
    { act: 'rules-changed', changed: ['denied badges'] },
  ]);
  await start(next);
  assert.deepEqual((await rowsIn(database, 4)).map(said), [
    { act: 'rules-changed', changed: ['lane north'] },
  ]);
});

test('a changed key is a row that names it, at a reload and at a start, and has nothing of the key', async (t) => {
  const { database, start, put } = await box(t);
  const here = await start();
  const desk = newGrantKey('ed25519');
  await put('desk.pub', desk.forGate ?? '');
  // Read at the start alone.
  await put('gate.pub', newGrantKey('ed25519').forGate ?? '');
  await here.reload(CONFIG);
  assert.deepEqual((await rowsIn(database, 3)).map(said), [
    { act: 'keys-changed', changed: ['key of operator desk'] },
  ]);
  await start();
  assert.deepEqual((await rowsIn(database, 4)).map(said), [
    { act: 'keys-changed', changed: ['gate key of lane north'] },
  ]);
  // The same key in other words is the same key.
  await put('desk.pub', `${desk.forGate}\n`);
  await start();
  assert.equal((await rowsIn(database)).length, 5);
  await start(CONFIG.replace('key_id: a', 'key_id: b'));
  assert.deepEqual((await rowsIn(database, 5)).map(said), [
    { act: 'keys-changed', added: ['grant key b'], removed: ['grant key a'] },
  ]);
  const text = JSON.stringify(await rowsIn(database));
  assert.doesNotMatch(text, /BEGIN|PRIVATE|AwMDAw/);
});

test('other models are a row: the pack, its calibration, and the head of a lane', async (t) => {
  const { database, start, adapt } = await box(t);
  await start();
  const models = {
    ...withUndigestedTable(card),
    name: 'other',
    encoder: { ...card.encoder, scale: [2, 2, 2] as [number, number, number] },
  };
  const { calibration: _, ...comparison } = comparisonOf(models);
  const here = await start(CONFIG, { models, comparison });
  const [row = {}] = await rowsIn(database, 3);
  assert.deepEqual(row.added, ['pack other']);
  assert.ok((row.removed as string[]).includes('pack builtin'));
  assert.equal(row.encoder, comparison.trunk.digest);
  adapt({ ...comparison, digest: modelDigest('e'.repeat(64)) });
  await here.lanesRenewed();
  await here.lanesRenewed();
  assert.deepEqual((await rowsIn(database, 4)).map(said), [
    { act: 'models-changed', added: ['adapted head of lane north'] },
  ]);
});

test('nobody who was in a group, and no denied badge, is found out by the rows', async (t) => {
  const { database, start } = await box(t);
  await start();
  const rows = await database.read((sql) => sql.all('SELECT * FROM journal'));
  assert.doesNotMatch(JSON.stringify(rows), /p-471|lost-badge/i);
  // The digests are keyed: another box has others of the same rules.
  const other = await box(t);
  await other.start();
  const [here, there] = [await rowsIn(database), await rowsIn(other.database)];
  assert.notDeepEqual(here[0]?.parts, there[0]?.parts);
});

test('a rotated gallery key is one changed key, and no rule seems to have changed by it', async (t) => {
  const { database, start, put } = await box(t);
  await start();
  await rotateKey(database, Buffer.alloc(32, 3), Buffer.alloc(32, 4));
  await put('gallery.key', Buffer.alloc(32, 4));
  await start();
  assert.deepEqual((await rowsIn(database, 3)).map(said), [
    { act: 'keys-changed', changed: ['gallery key'] },
  ]);
});

test('a reload that cannot be written down does not take effect; a start goes on and writes later', {
  timeout: 60_000,
}, async (t) => {
  const { database, start } = await box(t);
  const here = await start();
  const full = `CREATE TRIGGER full BEFORE INSERT ON journal BEGIN SELECT RAISE(ABORT, 'disk full'); END`;
  await database.script(full);
  const next = CONFIG.replace('zones: [yard]', 'zones: [yard, hall]');
  await assert.rejects(here.reload(next));
  const again = await start(next);
  assert.equal((await rowsIn(database)).length, 3);
  await database.script('DROP TRIGGER full');
  const stop = new AbortController();
  const running = again.run(stop.signal);
  await until(async () => (await rowsIn(database)).length === 4, 'the row');
  stop.abort();
  await running;
  assert.deepEqual((await rowsIn(database, 3)).map(said), [{ act: 'rules-changed', added: ['zone hall'] }]);
});

test('for any list of rules there is a row when they differ from the ones before, and none when they do not', async (t) => {
  const { database, start } = await box(t);
  const here = await start();
  const ids = fc.uniqueArray(fc.constantFrom('p1', 'p2', 'p3'), { maxLength: 3 });
  const rules = fc.record({
    staff: ids,
    denied: fc.uniqueArray(fc.constantFrom('b1', 'b2'), { maxLength: 2 }),
    effect: fc.constantFrom('grant', 'deny'),
    schedule: fc.constantFrom('always', 'never'),
  });
  const textOf = ({
    staff,
    denied,
    effect,
    schedule,
  }: typeof rules extends fc.Arbitrary<infer T> ? T : never) =>
    `${CONFIG.slice(0, CONFIG.indexOf('access:'))}access: { time_zone: UTC, groups: [{ id: staff, people: [${staff.join(', ')}] }], denied_badges: [${denied.join(', ')}], rules: [{ effect: ${effect}, groups: [staff], schedule: ${schedule} }] }`;
  const meaning = (one: Parameters<typeof textOf>[0]) =>
    JSON.stringify({ ...one, staff: [...one.staff].sort(), denied: [...one.denied].sort() });
  let before = '';
  await holds(
    t,
    fc.asyncProperty(rules, async (one) => {
      const count = (await rowsIn(database)).length;
      await here.reload(textOf(one));
      const isOther = meaning(one) !== before;
      before = meaning(one);
      assert.equal((await rowsIn(database)).length - count, isOther ? 1 : 0);
    }),
    { short: 60, long: 3_000 },
  );
  assert.equal((await openJournal(database).verify()).firstBroken, undefined);
});
