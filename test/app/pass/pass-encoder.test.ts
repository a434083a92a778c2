import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPassEncoder } from '../../../src/app/pass/pass-encoder.js';
import { encoded, scanBomb } from '../../adapters/opencv/pictures.js';
import { fakeEncoder, fakePhoto } from '../../fakes/photo-encoder.js';

const photo = fakePhoto({ vector: [1, 0] });

test('a process is started for the first pass, and kept for the next', async () => {
  let started = 0;
  const passes = createPassEncoder(async () => {
    started += 1;
    return fakeEncoder();
  });
  assert.equal(started, 0);
  for (const _ of [1, 2, 3]) assert.equal((await passes.encode(photo)).kind, 'faces');
  assert.equal(started, 1);
  await passes.close();
});

test('one that dies is replaced, and so is one that did not start', async () => {
  let started = 0;
  const passes = createPassEncoder(async () => {
    started += 1;
    if (started === 1) throw new Error('did not start');
    return fakeEncoder(async (count) => {
      if (started === 2 && count === 2) throw new Error('died');
    });
  });
  await assert.rejects(passes.encode(photo), /did not start/);
  await passes.encode(photo);
  await assert.rejects(passes.encode(photo), /died/);
  await passes.encode(photo);
  assert.equal(started, 3);
});

test('more than four at once are turned away instead of kept', async () => {
  let open = (): void => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const encoder = fakeEncoder(() => gate);
  const passes = createPassEncoder(async () => encoder);
  const all = Array.from({ length: 7 }, () => passes.encode(photo));
  open();
  const kinds = (await Promise.all(all)).map(({ kind }) => kind);
  assert.deepEqual(kinds.filter((kind) => kind === 'faces').length, 4);
  assert.equal(encoder.encoded, 4);
  await passes.close();
});

test('closing what was never started starts nothing', async () => {
  const passes = createPassEncoder(() => assert.fail('started'));
  await passes.close();
});

for (const [name, bomb] of [
  ['of 25 megapixels', encoded('.jpg', 5000, 5000)],
  ['that asks for 1,000 scans of 4 megapixels', scanBomb(2000, 2000, 1000)],
] as const)
  test(`a pass photo ${name} keeps no visitor out: it is refused by its head, before it waits`, async () => {
    const passes = createPassEncoder(() => assert.fail('started'));
    for (let more = 0; more < 6; more += 1) {
      const result = await passes.encode(bomb);
      assert.ok(result.kind === 'unreadable');
      assert.match(result.detail, /^Expected at most \d+ (megapixels|scans of 2000 x 2000 pixels), got /);
    }
    await passes.close();
  });

test('a pass photo of a phone is within the budget', async () => {
  const encoder = fakeEncoder();
  const passes = createPassEncoder(async () => encoder);
  // Whatever the fake makes of it: it was asked.
  await passes.encode(encoded('.jpg', 1600, 1200)).catch(() => {});
  assert.equal(encoder.encoded, 1);
  await passes.close();
});
