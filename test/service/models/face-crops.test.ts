/** Real photographs: enrolled with one pack and their crops kept, then recognised by another without anybody coming again. */
import assert from 'node:assert/strict';
import { cp, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { personId } from '../../../src/base/ids.js';
import { distance } from '../../../src/base/units.js';
import { distanceOf } from '../../../src/biometrics/distance.js';
import { fmrOf } from '../../../src/biometrics/fmr.js';
import { digestOf } from '../../../src/biometrics/model-card.js';
import { openPacks } from '../../../src/biometrics/packs/pack-store.js';
import { modelsCommand } from '../../../src/cli/models/models-verb.js';
import { enrollCommand } from '../../../src/cli/people/enroll-verb.js';
import { peopleCommand } from '../../../src/cli/people/people-verb.js';
import { loadConfig } from '../../../src/service/config/load-config.js';
import { withDatabase } from '../../../src/service/setup/open-gallery.js';
import { officeFor } from '../../cli/office.js';
import { checkPhotosInto, hasCheckPhotos } from '../../fixtures/check-photos.js';
import { packFolderFor } from '../../fixtures/pack-folder.js';

test('crops are kept where the site says so, and give templates of another pack', {
  skip: hasCheckPhotos() ? false : 'needs shared data',
}, async (t) => {
  const [mobileIn, builtinIn] = [await packFolderFor(t, 'mobile'), await packFolderFor(t, 'builtin')];
  assert.ok(mobileIn !== undefined && builtinIn !== undefined);
  const office = await officeFor(t);
  const packs = path.join(office.folder, 'packs');
  for (const [folder, pack] of [
    [mobileIn, 'mobile'],
    [builtinIn, 'builtin'],
  ] as const)
    await cp(path.join(folder, pack), path.join(packs, pack), { recursive: true });
  const models = `models: { pack: builtin, folder: ${packs} }`;
  const text = await readFile(office.config, 'utf8');
  const faces = path.join(office.folder, 'faces');
  const people = await checkPhotosInto(faces, 6, 20);
  const world = { ...office.world, progress: () => ({ show: () => {}, end: () => {} }) };
  const enroll = () =>
    office.run(enrollCommand(world), faces, '--consent-text', '1', '--config', office.config);
  const reencode = () =>
    office.run(
      modelsCommand({ office: office.world, env: {} }),
      'reencode',
      'mobile',
      '--config',
      office.config,
    );
  const crops = async (): Promise<number> =>
    withDatabase(
      await loadConfig(office.config),
      async (database) =>
        (await database.read((sql) => sql.one<{ readonly n: number }>('SELECT count(*) AS n FROM crops')))
          ?.n ?? -1,
    );

  await writeFile(office.config, `${text}\n${models}\n`);
  await enroll();
  assert.equal(await crops(), 0, 'no picture is kept unless the site says so');
  assert.match((await reencode()).text, /No crops are kept here/);

  await writeFile(office.config, `${text}\n${models}\nprivacy: { store_face_crops: true }\n`);
  await enroll();
  const kept = await crops();
  const builtin = (await openPacks(packs).open('builtin')).card;
  const mobile = (await openPacks(packs).open('mobile')).card;
  const before = await office.inside(({ gallery }) => gallery.snapshot(digestOf(builtin), 128));
  assert.equal(kept, before.owners.length, 'the same command again keeps them for those that are known');
  const file = await readFile(path.join(office.folder, 'data', 'twinstile.db'));
  assert.equal(file.includes(Buffer.from([0xff, 0xd8, 0xff])), false, 'no JPEG lies open in the file');

  assert.match(
    (await reencode()).text,
    new RegExp(
      `^${kept} new templates of mobile for ${new Set(before.owners).size} people, from ${kept} crops`,
    ),
  );
  assert.match((await reencode()).text, /^0 new templates/);
  const after = await office.inside(({ gallery }) => gallery.snapshot(digestOf(mobile), 128));
  assert.deepEqual(after.owners, before.owners);

  // As if they had been enrolled with it: the vector of the crop is near that of the photograph.
  const other = await officeFor(t);
  const otherText = await readFile(other.config, 'utf8');
  await writeFile(other.config, `${otherText}\n${models.replace('builtin,', 'mobile,')}\n`);
  await other.run(
    enrollCommand({ ...world, ...other.world }),
    faces,
    '--consent-text',
    '1',
    '--config',
    other.config,
  );
  const [name = ''] = people;
  const of = (where: typeof office) => where.inside(({ gallery }) => gallery.vectors(personId(name)));
  const cropped = (await of(office)).filter(({ digest }) => digest === digestOf(mobile));
  const whole = await of(other);
  let compared = 0;
  for (const { source, vector } of cropped) {
    const same = whole.find((one) => one.source === source);
    if (same === undefined) continue;
    const apart = distanceOf[mobile.encoder.metric](vector, same.vector);
    t.diagnostic(`distance ${apart.toFixed(3)} between a crop and its photograph`);
    assert.ok(mobile.calibration !== undefined && fmrOf(mobile.calibration, distance(apart)) <= 1e-5);
    compared += 1;
  }
  assert.ok(compared > 0);

  const exported = JSON.parse(
    (
      await office.run(
        peopleCommand(office.world),
        'export',
        name,
        '--with-templates',
        '--config',
        office.config,
      )
    ).text,
  );
  assert.ok(exported.crops.length > 0);
  assert.match(exported.crops[0].jpeg_base64, /^\/9j\//, 'whoever asks what is held gets the pictures');
  await office.inside(({ gallery }) => gallery.apply([{ kind: 'remove-person', person: personId(name) }]));
  assert.ok((await crops()) < kept, 'whoever goes takes the crops along');
});
