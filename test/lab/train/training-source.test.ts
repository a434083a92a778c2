import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TwinstileError } from '../../../src/base/errors.js';
import { modelDigest, personId } from '../../../src/base/ids.js';
import { digestOf } from '../../../src/biometrics/model-card.js';
import { openPacks } from '../../../src/biometrics/packs/pack-store.js';
import { assertOneSource, shotOf, trainingSource } from '../../../src/lab/train/training-source.js';
import { numbers } from '../../biometrics/head/sample.js';
import { NOW, officeFor } from '../../cli/office.js';
import { packFolderFor } from '../../fixtures/pack-folder.js';

const [images, templateImages, configFile] = ['photos', 'badges', 'site.yaml'];

for (const [name, wish] of [
  ['a folder', { images, halfTwin: false }],
  ['a gallery', { configFile, halfTwin: false }],
  ['badges against live faces', { images, templateImages, halfTwin: true }],
  ['a gallery against live faces', { images, configFile, halfTwin: true }],
] as const) {
  test(`learns from ${name}`, () => assertOneSource(wish));
}

for (const [name, wish] of [
  ['nothing', { halfTwin: false }],
  ['a folder and a gallery as one', { images, configFile, halfTwin: false }],
  ['badges without being told of two kinds', { images, templateImages, halfTwin: false }],
  ['a half-twin of one folder', { images, halfTwin: true }],
  ['a half-twin of templates alone', { configFile, halfTwin: true }],
  ['templates of two sources', { images, templateImages, configFile, halfTwin: true }],
] as const) {
  test(`refuses to learn from ${name}`, () =>
    assert.throws(
      () => assertOneSource(wish),
      (error) => error instanceof TwinstileError && error.code === 'bad-arguments',
    ));
}

for (const [file, shot] of [
  ['/live/ada/7.jpg', '7'],
  ['/badge/ada/7.png', '7'],
  ['/badge/ada/7~worse.jpg', '7'],
  ['/live/ada/2024.05.01.jpg', '2024.05.01'],
] as const) {
  test(`${file} shows the shot ${shot}`, () => assert.equal(shotOf(file), shot));
}

const never = new AbortController().signal;

test('a site teaches from its stored vectors: of people who agreed, and of this encoder', async (t) => {
  const packFolder = await packFolderFor(t, 'builtin');
  if (packFolder === undefined) return t.skip('needs the pack builtin');
  const { card } = await openPacks(packFolder).open('builtin');
  const { config, inside } = await officeFor(t);
  const digest = digestOf(card);
  const { dimension } = card.encoder;
  const template = (person: string, n: number, of = digest) => ({
    kind: 'add-template' as const,
    template: {
      person: personId(person),
      digest: of,
      source: `${n}`.padStart(64, '0'),
      vector: numbers(dimension, n),
      createdAt: NOW,
    },
  });
  const consent = { textVersion: '1', givenAt: NOW };
  const learnFrom = (halfTwin: boolean) =>
    trainingSource({ configFile: config, halfTwin }, { packFolder }, {}, never);
  await inside(async () => {});
  await assert.rejects(learnFrom(false), (error) => {
    assert.ok(error instanceof TwinstileError && error.code === 'bad-arguments');
    assert.match(error.message, /enrolled with the pack builtin/);
    assert.match(error.hint ?? '', /--pack/);
    return true;
  });
  await inside(({ gallery }) =>
    gallery.apply([
      { kind: 'put-person', person: { id: personId('ada'), name: 'Ada', consent } },
      { kind: 'put-person', person: { id: personId('bob'), name: 'Bob' } },
      template('ada', 1),
      template('ada', 2),
      template('ada', 3, modelDigest('a'.repeat(64))),
      template('bob', 4),
    ]),
  );
  const { photos, found } = await learnFrom(false);
  assert.equal(found, 2);
  assert.deepEqual(
    photos.map(({ person, side }) => `${person} ${side}`),
    ['ada live', 'ada live'],
  );
  assert.deepEqual(
    new Set(photos.map(({ embedding }) => embedding[0])),
    new Set([numbers(dimension, 1)[0], numbers(dimension, 2)[0]]),
  );
  const sides = (await learnFrom(true)).photos.map(({ side }) => side);
  assert.deepEqual(sides, ['template', 'template']);
});
