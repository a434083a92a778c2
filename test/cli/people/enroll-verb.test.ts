import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { openImpostorStore } from '../../../src/adaptation/impostor-store.js';
import { laneId, personId, siteId } from '../../../src/base/ids.js';
import { wallTime } from '../../../src/base/units.js';
import { cameraCondition } from '../../../src/biometrics/conditions/capture-condition.js';
import { digestOf, type ModelCard } from '../../../src/biometrics/model-card.js';
import { bytesFrom } from '../../../src/biometrics/packs/download-pack.js';
import { installPack } from '../../../src/biometrics/packs/install-pack.js';
import { type EnrollDependencies, enrollCommand } from '../../../src/cli/people/enroll-verb.js';
import { loadConfig } from '../../../src/service/config/load-config.js';
import { findingsOfCamera } from '../../../src/service/doctor/camera-findings.js';
import { withDatabase } from '../../../src/service/setup/open-gallery.js';
import { type EncoderOptions, openPhotoEncoder } from '../../../src/service/setup/open-photo-encoder.js';
import { fakeEncoder, fakePhoto } from '../../fakes/photo-encoder.js';
import { sameFields } from '../../support/same-fields.js';
import { NOW, officeFor } from '../office.js';
import { shippedCard, twoNumberCard } from '../two-number-card.js';

const card: ModelCard = {
  ...twoNumberCard,
  calibration: {
    source: 'a test',
    people: 10,
    impostorPairs: 3_000_000,
    matedPairs: 10,
    rows: [
      { distance: 0, fmr: 1e-6 },
      { distance: 0.5, fmr: 1e-6 },
      { distance: 3, fmr: 0.01 },
    ],
  },
};
const { calibration: _, ...uncalibrated } = card;

/** A folder of photographs: faces/ada/1.jpg, 2.jpg; faces/bob/1.jpg; faces/eve/1.jpg without a face. */
async function shellFor(t: TestContext, more: Partial<EnrollDependencies> = {}) {
  const office = await officeFor(t);
  const faces = path.join(office.folder, 'faces');
  for (const [name, photo] of [
    ['ada/1.jpg', fakePhoto({ vector: [1, 0] })],
    ['ada/2.jpg', fakePhoto({ vector: [1.2, 0] })],
    ['bob_builder/1.jpg', fakePhoto({ vector: [9, 9] })],
    ['eve/1.jpg', fakePhoto()],
  ] as const) {
    await mkdir(path.dirname(path.join(faces, name)), { recursive: true });
    await writeFile(path.join(faces, name), photo);
  }
  const world: Partial<EnrollDependencies> = {
    ...office.world,
    openEncoder: async () => ({ encoder: fakeEncoder(), card }),
    progress: () => ({ show: () => {}, end: () => {} }),
    untilSignal: (work) => work(new AbortController().signal),
    ...more,
  };
  const run = (...args: string[]) => office.run(enrollCommand(world), ...args, '--config', office.config);
  const find = (id: string) => office.inside(({ gallery }) => gallery.find(personId(id)));
  const matching = () =>
    office.inside(async ({ gallery }) => [...(await gallery.snapshot(digestOf(card), 2)).owners].sort());
  return { ...office, faces, run, find, matching };
}

test('a folder is enrolled with the subfolders as people, and what was refused is said', async (t) => {
  const { run, faces, find, matching } = await shellFor(t);
  const { text, exitCode } = await run(faces, '--consent-text', '2026-1');
  assert.match(
    text,
    /^4 photos of 2 people in .* s \(.* a second\): 3 accepted, 0 known before, 1 refused\.$/m,
  );
  assert.match(text, /^ {2}refused .*eve\/1\.jpg \(eve\): No face was found/m);
  assert.match(text, /^Not enrolled, for want of a good photo: eve\.$/m);
  assert.equal(exitCode, 0);
  sameFields(await matching(), ['ada', 'ada', 'bob_builder']);
  sameFields((await find('bob_builder'))?.person, {
    id: 'bob_builder',
    name: 'bob builder',
    consent: { textVersion: '2026-1', givenAt: NOW },
  });
});

test('the encoder is kept from data and keys', async (t) => {
  const wishes: EncoderOptions[] = [];
  const { run, faces, folder } = await shellFor(t, {
    openEncoder: async (options) => {
      wishes.push(options);
      return { encoder: fakeEncoder(), card };
    },
  });
  await run(faces);
  const hidden = wishes[0]?.reach?.hide ?? [];
  for (const name of ['data', 'gallery.key']) assert.ok(hidden.includes(path.join(folder, name)), name);
});

test('without consent it says loudly that nobody matches', async (t) => {
  const { run, faces, matching } = await shellFor(t);
  assert.match(
    (await run(faces)).text,
    /^NO CONSENT: 2 of them are stored but will NOT match: ada, bob_builder\.$/m,
  );
  sameFields(await matching(), []);
});

test('the same command again adds nothing and succeeds', async (t) => {
  const { run, faces, matching } = await shellFor(t);
  await run(faces, '--consent-text', '1');
  const { text, exitCode } = await run(faces, '--consent-text', '1');
  assert.match(text, /0 accepted, 3 known before, 1 refused/);
  assert.equal(exitCode, 0);
  assert.equal((await matching()).length, 3);
});

test('--strict ends with 3 when anything was refused, and so does an import of nothing', async (t) => {
  const { run, faces } = await shellFor(t);
  assert.equal((await run(faces, '--strict')).exitCode, 3);
  const eve = path.join(faces, 'eve/1.jpg');
  assert.equal((await run(eve, '--person', 'eve', '--name', 'Eve')).exitCode, 3);
});

test('--report writes what became of each refused photograph', async (t) => {
  const { run, faces, folder } = await shellFor(t);
  const file = path.join(folder, 'report.json');
  await run(faces, '--report', file);
  const report = JSON.parse(await readFile(file, 'utf8'));
  sameFields([report.photos, report.accepted, report.refusals[0].reason], [4, 3, 'no-face']);
});

test('photographs of one person are enrolled with badges and dates', async (t) => {
  const { run, faces, find } = await shellFor(t);
  const photos = ['ada/1.jpg', 'ada/2.jpg', 'ada/3.jpg'].map((name) => path.join(faces, name));
  const { text } = await run(
    ...photos,
    ...['--person', 'a.lovelace', '--name', 'Ada Lovelace', '--badge', 'b1', 'b2'],
    ...['--valid-from', '2026-01-01', '--valid-until', '2026-12-31'],
  );
  assert.match(
    text,
    /refused .*3\.jpg \(a\.lovelace\): Expected a photograph at .*, got no such file or folder/,
  );
  const ada = await find('a.lovelace');
  sameFields([ada?.person.name, ada?.badges, ada?.templates.length], ['Ada Lovelace', ['b1', 'b2'], 2]);
  assert.equal(ada?.person.validFrom, new Date(2026, 0, 1).getTime());
  assert.equal(ada?.person.validUntil, new Date(2027, 0, 1).getTime());
});

test('photographs are compared with the gallery, unless told otherwise or the pack is not calibrated', async (t) => {
  const twin = fakePhoto({ vector: [1.01, 0] });
  for (const [args, world, expected] of [
    [[], {}, /refused .*\(twin\): It looks like somebody who is enrolled under another id \(ada\)/],
    [['--no-lookalikes'], {}, /1 accepted/],
    [
      [],
      { openEncoder: async () => ({ encoder: fakeEncoder(), card: uncalibrated }) },
      /1 accepted.*not calibrated/s,
    ],
  ] as const) {
    const { run, faces, folder } = await shellFor(t, world);
    await run(faces, '--consent-text', '1');
    await writeFile(path.join(folder, 'twin.jpg'), twin);
    assert.match(
      (await run(path.join(folder, 'twin.jpg'), '--person', 'twin', '--name', 'T', ...args)).text,
      expected,
    );
  }
});

test('a list is enrolled, photos taken from its own folder', async (t) => {
  const { run, faces, find, matching } = await shellFor(t);
  const list = path.join(faces, 'list.csv');
  await writeFile(
    list,
    '\uFEFFperson;name;photo;badge;valid_until;consent\nada;"Lovelace; Ada";ada/1.jpg;b1 b2;2026-12-31;2026-1\nbob;Bob, B.;bob_builder/1.jpg;;;no\n',
  );
  const { text } = await run('--csv', list);
  assert.match(text, /2 accepted/);
  assert.match(text, /NO CONSENT: 1 of them is .*: bob\./);
  sameFields((await find('ada'))?.badges, ['b1', 'b2']);
  assert.equal((await find('ada'))?.person.name, 'Lovelace; Ada');
  assert.equal((await find('bob'))?.person.name, 'Bob, B.');
  sameFields(await matching(), ['ada']);
});

test('Ctrl-C stores what was accepted, says so and ends with 130', async (t) => {
  const stop = new AbortController();
  const encoder = fakeEncoder(async (count) => {
    if (count === 1) stop.abort();
  });
  const { run, faces, matching } = await shellFor(t, {
    openEncoder: async () => ({ encoder, card }),
    untilSignal: (work) => work(stop.signal),
  });
  for (let n = 3; n < 20; n += 1)
    await writeFile(path.join(faces, `ada/${n}.jpg`), fakePhoto({ vector: [1, n / 1000] }));
  const { text, exitCode } = await run(faces, '--consent-text', '1');
  assert.match(text, /^Stopped\. What was accepted is stored/);
  assert.equal(exitCode, 130);
  const stored = (await matching()).length;
  assert.ok(stored >= 1 && stored < 19, `${stored}`);
  assert.match(text, new RegExp(` ${stored} accepted`));
});

test('what cannot be meant is refused before anything is opened', async (t) => {
  const { run, faces } = await shellFor(t, {
    openEncoder: async () => assert.fail('opened an encoder'),
  });
  const photo = path.join(faces, 'ada/1.jpg');
  for (const args of [
    [],
    [photo],
    [photo, '--person', 'ada'],
    [faces, '--person', 'ada', '--name', 'Ada'],
    [faces, faces],
    [photo, '--csv', 'x.csv'],
    ['--csv', 'nowhere.csv'],
    [photo, '--person', 'ada', '--name', 'Ada', '--valid-from', '2026-02-31'],
    [photo, '--person', 'ada', '--name', 'Ada', '--badge', 'no good'],
  ])
    await assert.rejects(run(...args), { code: 'bad-arguments' }, args.join(' '));
});

const shared = path.resolve(process.env.TWINSTILE_SHARED ?? '../shared');
const skip = existsSync(path.join(shared, 'faces/lfw-dev/images')) ? false : 'needs shared data';

test('real photographs are enrolled by a real vision process', { skip, timeout: 120_000 }, async (t) => {
  const { folder, run, inside } = await shellFor(t, {
    openEncoder: (options) =>
      openPhotoEncoder({ ...options, pack: 'mobile', packFolder: path.join(folder, 'packs') }),
  });
  const mirror = path.join(shared, 'models');
  await installPack(path.join(folder, 'packs'), shippedCard, (file) =>
    bytesFrom(file, { pack: 'mobile', mirror }),
  );
  const images = path.join(shared, 'faces/lfw-dev/images');
  const people = (await readdir(images)).sort().slice(0, 12);
  for (const person of people)
    await cp(path.join(images, person), path.join(folder, 'lfw', person), { recursive: true });
  const { text } = await run(path.join(folder, 'lfw'), '--consent-text', '1');
  const [, photos, accepted] = /^(\d+) photos .*: (\d+) accepted/m.exec(text) ?? [];
  assert.ok(Number(photos) >= 12 && Number(accepted) >= 0.75 * Number(photos), text);
  const { owners, matrix } = await inside(({ gallery }) =>
    gallery.snapshot(digestOf(shippedCard), shippedCard.encoder.dimension),
  );
  assert.equal(owners.length, Number(accepted));
  assert.ok(matrix.every(Number.isFinite));
});

test('where photographs were taken is recorded: elsewhere, or by the camera of a lane that is configured', async (t) => {
  const { faces, run, find } = await shellFor(t);
  const captured = async (id: string) => (await find(id))?.templates.map(({ condition }) => condition);
  await run(path.join(faces, 'ada/1.jpg'), '--person', 'ada', '--name', 'Ada');
  assert.deepEqual(await captured('ada'), ['photo']);
  const bob = [path.join(faces, 'bob_builder/1.jpg'), '--person', 'bob', '--name', 'Bob'];
  await run(...bob, '--captured-at', 'a');
  assert.match((await captured('bob'))?.join() ?? '', /^camera\/[0-9a-f]{16}\/color$/);
  await assert.rejects(run(...bob, '--captured-at', 'nowhere'), { code: 'bad-arguments', hint: /: a\.$/ });
});

test('whoever is refused at a lane’s camera as a look-alike remains as counts of distances to the others alone', async (t) => {
  const { folder, config, run, find } = await shellFor(t);
  const enroll = async (id: string, ...vector: number[]) => {
    const file = path.join(folder, `${id}.jpg`);
    await writeFile(file, fakePhoto({ vector }));
    const named = ['--person', id, '--name', id, '--consent-text', '1'];
    return run(file, ...named, '--captured-at', 'a');
  };
  await enroll('ada', 1, 0);
  await enroll('bob', 9, 9);
  await enroll('zoe', 1.01, 0);
  assert.equal(await find('zoe'), undefined, 'she looks like ada');
  const { site } = await loadConfig(config);
  const counts = await withDatabase(await loadConfig(config), (database) =>
    openImpostorStore(database).load(cameraCondition(siteId(site), laneId('a'), 'color')),
  );
  const [met, ...more] = counts;
  assert.deepEqual([met?.source, met?.probes, more.length], ['lookalike', 1, 0]);
  assert.equal(
    met?.bins.reduce((sum, count) => sum + count, 0),
    1,
    'bob alone',
  );
  const [finding] = findingsOfCamera('a', undefined, counts);
  assert.match(finding?.detail ?? '', /lane a 1 newcomer in 14 days .* was not enrolled/);
  assert.match(finding?.todo ?? '', /twinstile people audit/);
});

test('photographs from elsewhere that are refused say nothing of a camera', async (t) => {
  const { folder, config, run } = await shellFor(t);
  for (const [id, x] of [
    ['ada', 1],
    ['bob', 9],
    ['zoe', 1.01],
  ] as const) {
    const file = path.join(folder, `${id}.jpg`);
    await writeFile(file, fakePhoto({ vector: [x, 0] }));
    await run(file, '--person', id, '--name', id, '--consent-text', '1');
  }
  const rows = await withDatabase(await loadConfig(config), (database) =>
    database.read((sql) => sql.all('SELECT * FROM impostor_counts')),
  );
  assert.deepEqual(rows, []);
});

test('a camera that was moved is a warning with what to do', () => {
  const [finding, ...more] = findingsOfCamera(
    'north',
    { isMoved: true, differsSince: wallTime(0), at: wallTime(9) },
    [],
  );
  assert.deepEqual([finding?.verdict, more], ['warning', []]);
  assert.match(finding?.detail ?? '', /lane north is another one .* since 1970-01-01/);
  assert.match(finding?.todo ?? '', /enroll --lane north/);
  assert.deepEqual(findingsOfCamera('north', { isMoved: false, at: wallTime(9) }, []), []);
});
