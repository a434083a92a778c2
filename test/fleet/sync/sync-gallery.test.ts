import assert from 'node:assert/strict';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { badgeId, personId } from '../../../src/base/ids.js';
import { wallTime } from '../../../src/base/units.js';
import { encryptTo } from '../../../src/fleet/repository/age.js';
import { decodeSegment, encodeSegment, type PublishedPerson } from '../../../src/fleet/segments/segment.js';
import { DIGEST, DIMENSION, enrolled, fleetWorld, HOUR, vectorFor } from '../../fixtures/fleet-world.js';

async function filesBelow(folder: string): Promise<ReadonlyMap<string, string>> {
  const names = await readdir(folder, { recursive: true });
  const files = new Map<string, string>();
  for (const name of names.sort()) {
    const file = path.join(folder, name);
    if ((await stat(file)).isFile()) files.set(name, (await readFile(file)).toString('base64'));
  }
  return files;
}

test('a device has after its first sync whom the registrar enrolled, badge and vector and all', async () => {
  const world = await fleetWorld();
  const box = await world.device('gate-1');
  await world.registrar.apply([...enrolled('ada', 'Ada', 3), ...enrolled('bob')]);
  await world.publish();
  const result = await box.sync();
  assert.deepEqual(result, { result: 'applied', serial: 1, segments: 1, put: 2, removed: 0, leftOut: [] });
  assert.deepEqual(await box.people(), ['ada Ada 3', 'bob bob 1']);
  assert.equal(await box.gallery.holderOf(badgeId('b-ada')), 'ada');
  const { matrix, owners } = await box.gallery.snapshot(DIGEST, DIMENSION);
  assert.equal(owners.length, 4);
  const [first] = await box.gallery.vectors(personId('bob'));
  assert.deepEqual(first?.vector, vectorFor('bob bob 0'));
  assert.equal(matrix.length, 4 * DIMENSION);
});

test('publishing twice gives the same bytes where nothing changed', async () => {
  const world = await fleetWorld();
  await world.device('gate-1');
  await world.registrar.apply(enrolled('ada'));
  await world.publish();
  const before = await filesBelow(world.places.out);
  world.pass(HOUR);
  const again = await world.publish();
  assert.equal(again.changed, false);
  assert.equal((await world.publish({ full: true })).written, 0);
  assert.deepEqual(await filesBelow(world.places.out), before);
});

test('one who leaves is gone from the device, and those enrolled there stay', async () => {
  const world = await fleetWorld();
  const box = await world.device('gate-1');
  await box.gallery.apply(enrolled('local'));
  await world.registrar.apply([...enrolled('ada'), ...enrolled('bob')]);
  await world.publish();
  await box.sync();
  await world.registrar.apply([{ kind: 'remove-person', person: personId('ada') }]);
  await world.publish();
  assert.deepEqual(await box.sync(), {
    result: 'applied',
    serial: 2,
    segments: 1,
    put: 0,
    removed: 1,
    leftOut: [],
  });
  assert.deepEqual(await box.people(), ['bob bob 1', 'local local 1']);
});

test('a change of one among many rewrites one segment, and only that is fetched', async () => {
  const world = await fleetWorld();
  const box = await world.device('gate-1');
  await world.registrar.apply(Array.from({ length: 400 }, (_, i) => enrolled(`p${i}`)).flat());
  const first = await world.publish();
  assert.ok(first.segments >= 8, `${first.segments} segments`);
  await box.sync();
  await world.registrar.apply(enrolled('p7', 'renamed'));
  const second = await world.publish();
  assert.equal(second.written, 1);
  assert.deepEqual(await box.sync(), {
    result: 'applied',
    serial: 2,
    segments: 1,
    put: 1,
    removed: 0,
    leftOut: [],
  });
  assert.ok((await box.people()).includes('p7 renamed 1'));
});

test('a device that is taken away cannot read what is published afterwards, and the others can', async () => {
  const world = await fleetWorld();
  const [kept, stolen] = [await world.device('kept'), await world.device('stolen')];
  await world.registrar.apply(enrolled('ada'));
  await world.publish();
  await stolen.sync();
  const { stolen: _gone, ...devices } = await world.office.devices();
  await world.office.setDevices(devices);
  await world.office.renewIdentity();
  assert.equal((await world.publish()).written, 1);
  await kept.sync();
  assert.deepEqual(await kept.people(), ['ada ada 1']);
  await assert.rejects(stolen.sync(), /its key does not open/);
  assert.deepEqual(await stolen.people(), ['ada ada 1']);
});

test('new keys of every role are followed, one root after the other', async () => {
  const world = await fleetWorld();
  const box = await world.device('gate-1');
  await world.registrar.apply(enrolled('ada'));
  await world.publish();
  await box.sync();
  const { newSigner } = await import('../../../src/fleet/repository/keyring.js');
  const fresh = {
    root: await newSigner(world.places.safe, 'root-4'),
    timestamp: await newSigner(world.places.keys, 'timestamp-2'),
    site: await newSigner(world.places.keys, 'site-hq-2'),
  };
  await world.changeRoot(await world.ceremony(), { root: { keys: [fresh.root.key], threshold: 1 } });
  await world.changeRoot(await world.ceremony(), {
    timestamp: { keys: [fresh.timestamp.key], threshold: 1 },
  });
  await world.delegateSite(await world.ceremony(), 'hq', { keys: [fresh.site.key], threshold: 1 });
  await world.registrar.apply(enrolled('bob'));
  await world.publish({ timestamp: [fresh.timestamp], siteSigners: [fresh.site] });
  await box.sync();
  assert.deepEqual(await box.people(), ['ada ada 1', 'bob bob 1']);
});

for (const [name, vector] of [
  ['a vector that is no face', new Float32Array(DIMENSION)],
  ['a vector of another dimension', vectorFor('x', DIMENSION + 1)],
  ['a vector that is no number', new Float32Array(DIMENSION).fill(Number.NaN)],
] as const)
  test(`a record with ${name} is left out at the registrar and at the box, and the others arrive`, async () => {
    const world = await fleetWorld();
    const box = await world.device('gate-1');
    await world.registrar.apply([...enrolled('ada'), ...enrolled('leaver')]);
    await world.publish();
    await box.sync();
    const [put, template] = enrolled('eve');
    assert.ok(put?.kind === 'put-person' && template?.kind === 'add-template');
    const bad = { ...template, template: { ...template.template, vector } };
    await world.registrar.apply([
      ...enrolled('bob'),
      put,
      bad,
      { kind: 'remove-person', person: personId('leaver') },
    ]);
    const { leftOut } = await world.publish();
    const { leftOut: atBox = [] } = { leftOut: undefined, ...(await box.sync()) };
    // A dimension is only known to be another one where there is an encoder.
    assert.equal(leftOut.length + atBox.length, 1);
    assert.deepEqual(await box.people(), ['ada ada 1', 'bob bob 1']);
    // Until it is in order it is told each time.
    assert.equal((await world.publish()).leftOut.length, leftOut.length);
    await world.registrar.apply([{ kind: 'remove-person', person: personId('eve') }, ...enrolled('eve')]);
    assert.deepEqual((await world.publish()).leftOut, []);
    assert.deepEqual({ leftOut: [], ...(await box.sync()) }.leftOut, []);
    assert.deepEqual(await box.people(), ['ada ada 1', 'bob bob 1', 'eve eve 1']);
  });

test('publishing names whose templates are damaged, each time, and everything else goes out', async () => {
  const world = await fleetWorld();
  const box = await world.device('gate-1');
  await world.registrar.apply([...enrolled('ada', 'ada', 2), ...enrolled('bob')]);
  await world.database.write((sql) =>
    sql.run(
      `UPDATE templates SET sealed = CAST(zeroblob(12) || substr(sealed, 13) AS BLOB)
        WHERE person = 'ada' AND source = (SELECT min(source) FROM templates WHERE person = 'ada')`,
    ),
  );
  const named = [{ person: personId('ada'), templates: 1 }];
  for (let time = 0; time < 2; time += 1) assert.deepEqual((await world.publish()).damaged, named);
  await box.sync();
  assert.deepEqual(await box.people(), ['ada ada 1', 'bob bob 1']);
  await world.registrar.apply([
    { kind: 'remove-person', person: personId('ada') },
    ...enrolled('ada', 'ada', 2),
  ]);
  assert.deepEqual((await world.publish()).damaged, []);
  await box.sync();
  assert.deepEqual(await box.people(), ['ada ada 2', 'bob bob 1']);
});

for (const [what, spoil] of [
  [
    'a name over 256 characters',
    (one: PublishedPerson) => ({ ...one, person: { ...one.person, name: 'Eve '.repeat(65) } }),
  ],
  [
    '33 badges',
    (one: PublishedPerson) => ({ ...one, badges: Array.from({ length: 33 }, (_, n) => badgeId(`e-${n}`)) }),
  ],
  [
    'over 100 photographs of one person',
    (one: PublishedPerson) => ({
      ...one,
      templates: Array.from({ length: 101 }, (_, n) => ({
        digest: DIGEST,
        source: n.toString(16).padStart(64, '0'),
        createdAt: wallTime(1),
        vector: vectorFor(`${n}`),
      })),
    }),
  ],
  [
    'an id that is taken twice',
    (one: PublishedPerson) => ({ ...one, person: { ...one.person, id: personId('bob') } }),
  ],
] as const)
  test(`one person's record with ${what}, from a registrar that does not look, does not stop the sync: removals arrive`, async () => {
    const world = await fleetWorld();
    const box = await world.device('gate-1');
    await world.registrar.apply(['ada', 'bob', 'eve', 'leaver'].flatMap((id) => enrolled(id)));
    await world.publish();
    await box.sync();
    await world.registrar.apply([
      { kind: 'remove-person', person: personId('leaver') },
      ...enrolled('ada', 'Ada'),
    ]);
    await world.publish({
      encrypt: (recipients, plain) =>
        encryptTo(
          recipients,
          isSegment(plain)
            ? encodeSegment(decodeSegment(plain).map((one) => (one.person.id === 'eve' ? spoil(one) : one)))
            : plain,
        ),
    });
    const result = await box.sync();
    assert.ok(result.result === 'applied' && result.leftOut.length > 0);
    assert.ok(
      result.leftOut.every(({ why }) => !/eve|bob/i.test(why)),
      'nobody is named',
    );
    const there = await box.people();
    assert.ok(there.includes('ada Ada 1'));
    assert.ok(!there.some((line) => /^(eve|leaver) /.test(line)), `${there}`);
    assert.equal(await box.gallery.holderOf(badgeId('e-0')), undefined);
    // Badges of whoever is left out are somebody's, and none is a visitor's.
    const kind = async (badge: string) => (await box.gallery.standingOf(badgeId(badge))).kind;
    assert.notEqual(await kind('b-eve'), 'foreign');
    if (what === '33 badges') assert.equal(await kind('e-0'), 'removed');
    // In order again with the next version, although nobody touched the others.
    await world.registrar.apply(enrolled('eve', 'Eve'));
    await world.publish();
    assert.deepEqual({ leftOut: [], ...(await box.sync()) }.leftOut, []);
    assert.equal((await box.people()).length, 3);
  });

test('a badge that a changed person and an unchanged one both have is neither’s, until the next version', async () => {
  const world = await fleetWorld();
  const box = await world.device('gate-1');
  await world.registrar.apply(Array.from({ length: 80 }, (_, i) => enrolled(`p${i}`)).flat());
  await world.publish();
  await box.sync();
  // A registrar cannot hold such a thing, so the device's own table is made to disagree.
  await box.database.write((sql) => sql.run(`UPDATE badges SET person = 'p1' WHERE id = 'b-p0'`));
  await world.registrar.apply(enrolled('p0', 'renamed'));
  await world.publish();
  const result = await box.sync();
  assert.ok(result.result === 'applied' && result.leftOut.length === 2);
  assert.equal(await box.gallery.holderOf(badgeId('b-p0')), undefined);
  assert.equal((await box.gallery.standingOf(badgeId('B-P0'))).kind, 'removed');
  assert.ok((await box.people()).includes('p0 renamed 1'));
  await world.registrar.apply(enrolled('p7', 'another change'));
  await world.publish();
  const next = await box.sync();
  assert.ok(next.result === 'applied' && next.leftOut.length === 0);
  assert.equal(await box.gallery.holderOf(badgeId('b-p0')), 'p0');
  assert.equal((await box.people()).length, 80);
});

const isSegment = (plain: Uint8Array): boolean => Buffer.from(plain).subarray(0, 6).toString() === 'TWSEG1';
