import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { filesOf } from '../../../src/biometrics/model-card.js';
import { bytesFrom } from '../../../src/biometrics/packs/download-pack.js';
import { installPack } from '../../../src/biometrics/packs/install-pack.js';
import { readCatalog } from '../../../src/biometrics/packs/pack-catalog.js';
import { openPacks } from '../../../src/biometrics/packs/pack-store.js';
import { folderFor } from './sample.js';

const shared = path.resolve(process.env.TWINSTILE_SHARED ?? '../shared', 'models');
const skip = existsSync(shared) ? false : 'needs shared data';

test('every shipped card parses and says how its files are had', async () => {
  const catalog = await readCatalog();
  assert.deepEqual([...catalog.keys()], ['builtin', 'mobile', 'zoo']);
  for (const [name, { card, obtain }] of catalog) {
    assert.equal(card.name, name);
    for (const file of filesOf(card)) {
      assert.ok(file.licence.length > 0 && file.source.length > 0, file.file);
      assert.equal(file.url?.startsWith('https://') ?? false, obtain === 'pull', file.file);
      assert.doesNotMatch(file.sha256, /^0+$/, `${file.file} has no sha256 yet`);
    }
    for (const [x, y] of card.encoder.points)
      assert.ok(x > 0 && x < card.encoder.width && y > 0 && y < card.encoder.height);
  }
});

test('the eyes of every shipped card lie as people have them: right eye left in the picture, above the mouth', async () => {
  for (const { card } of (await readCatalog()).values()) {
    const [right, left, nose, mouthRight, mouthLeft] = card.encoder.points;
    assert.ok(right[0] < nose[0] && nose[0] < left[0] && mouthRight[0] < mouthLeft[0]);
    assert.ok(Math.max(right[1], left[1]) < nose[1] && nose[1] < Math.min(mouthRight[1], mouthLeft[1]));
  }
});

test('a release without its catalog is said to be broken', async (t) => {
  await assert.rejects(readCatalog(await folderFor(t)), {
    code: 'internal',
    hint: 'Install twinstile again.',
  });
});

test('pack mobile installs from a mirror folder', { skip }, async (t) => {
  const folder = await folderFor(t);
  const catalog = await readCatalog();
  const card = catalog.get('mobile')?.card;
  assert.ok(card !== undefined);
  await installPack(folder, card, (file) => bytesFrom(file, { pack: 'mobile', mirror: shared }));
  const pack = await openPacks(folder, catalog).open('mobile');
  assert.deepEqual(
    filesOf(pack.card).map(({ file }) => file),
    ['face_detection_yunet_2023mar.onnx', 'MobileFaceNet.onnx', 'MiniFASNetV2.onnx', 'MiniFASNetV1SE.onnx'],
  );
});
