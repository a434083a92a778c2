import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TwinstileError } from '../../../src/base/errors.js';
import { shotOf } from '../../../src/lab/train/photos-source.js';
import { assertOneSource } from '../../../src/lab/train/training-source.js';

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
