import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { chipStatisticsOf } from '../../../src/vision/detection/chip-statistics.js';

/** A chip of stripes that are `period` pixels wide, soft or hard. */
function stripes(period: number, low = 60, high = 200): Uint8Array {
  const pixels = new Uint8Array(64 * 64 * 3);
  for (let at = 0; at < 64 * 64; at += 1) {
    const wave = (1 + Math.sin(((at % 64) * 2 * Math.PI) / period)) / 2;
    pixels.fill(low + wave * (high - low), at * 3, at * 3 + 3);
  }
  return pixels;
}

test('calls fine stripes sharper than soft ones, in bright and in dim light alike', () => {
  const [fine, soft, dim] = [stripes(4), stripes(32), stripes(4, 30, 60)].map((chip) =>
    chipStatisticsOf(chip, 64),
  );
  assert.ok(fine !== undefined && soft !== undefined && dim !== undefined);
  assert.ok(fine.sharpness > 20 * soft.sharpness);
  assert.ok(Math.abs(dim.sharpness / fine.sharpness - 1) < 0.1);
});

test('finds no sharpness in an even chip', () => {
  const look = chipStatisticsOf(new Uint8Array(64 * 64 * 3).fill(120), 64);
  assert.deepEqual([look.sharpness, look.signal, look.burnt], [0, 0, 0]);
});

/** A face as a child draws it: eyes and mouth darker than the skin. @param skin 0..255. @param noise standard deviation in grey levels. */
function drawnFace(skin: number, noise = 0): Uint8Array {
  const random = noiseOf(7);
  const pixels = new Uint8Array(64 * 64 * 3);
  for (let at = 0; at < 64 * 64; at += 1) {
    const [x, y] = [at % 64, Math.floor(at / 64)];
    const isFeature =
      (y > 24 && y < 34 && Math.abs(Math.abs(x - 32) - 10) < 5) || (y > 48 && Math.abs(x - 32) < 9);
    const value = skin * (isFeature ? 0.4 : 1) + noise * random();
    pixels.fill(Math.max(0, Math.min(255, Math.round(value))), at * 3, at * 3 + 3);
  }
  return pixels;
}

/** Numbers of about the normal distribution, the same for the same seed. */
function noiseOf(seed: number): () => number {
  let state = seed;
  const next = (): number => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
  return () =>
    next() +
    next() +
    next() +
    next() +
    next() +
    next() +
    next() +
    next() +
    next() +
    next() +
    next() +
    next() -
    6;
}

test('finds the signal of a face by its features and its noise, not by how bright the skin is', () => {
  const [light, dark] = [drawnFace(200, 4), drawnFace(100, 2)].map(
    (chip) => chipStatisticsOf(chip, 64).signal,
  );
  assert.ok(light !== undefined && dark !== undefined);
  assert.ok(Math.abs(dark / light - 1) < 0.1, `${light} ${dark}`);
});

test('finds less signal with more noise and with less light', () => {
  const signal = (skin: number, noise: number): number => chipStatisticsOf(drawnFace(skin, noise), 64).signal;
  fc.assert(
    fc.property(fc.integer({ min: 40, max: 200 }), fc.integer({ min: 3, max: 12 }), (skin, noise) => {
      assert.ok(signal(skin, 2 * noise) < signal(skin, noise));
      assert.ok(signal(skin / 2, noise) < signal(skin, noise));
    }),
  );
});

test('never divides by no noise: a face without any has the signal of its contrast over a step of the levels', () => {
  const { signal } = chipStatisticsOf(drawnFace(100), 64);
  assert.ok(Number.isFinite(signal) && signal > 10);
});

test('counts the pixels of the face that are burnt out', () => {
  assert.equal(chipStatisticsOf(drawnFace(100), 64).burnt, 0);
  const { burnt } = chipStatisticsOf(drawnFace(255), 64);
  assert.ok(burnt > 0.7 && burnt < 1, `${burnt}`);
});
