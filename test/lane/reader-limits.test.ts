import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { monotonic } from '../../src/base/units.js';
import { createPhotoSenders } from '../../src/lane/reader-limits.js';
import { holds } from '../support/properties.js';

test('a reader that showed what a real one shows has a budget of its own, and all others have one together', () => {
  const senders = createPhotoSenders();
  senders.proved('door', monotonic(0));
  assert.notEqual(senders.of('door'), senders.of('invented-1'));
  assert.equal(senders.of('invented-1'), senders.of('invented-2'));
  senders.proved('others', monotonic(0));
  assert.notEqual(senders.of('others'), senders.of('invented-1'));
});

test('forged names of readers take no budget from a reader in use, and make no more than four in all', async (t) => {
  const event = fc.record({
    reader: fc.nat({ max: 200 }),
    after: fc.nat({ max: 60_000 }),
    isProved: fc.boolean(),
  });
  await holds(
    t,
    fc.property(fc.array(event, { maxLength: 300 }), (events) => {
      const senders = createPhotoSenders();
      let now = 0;
      senders.proved('door', monotonic(now));
      for (const { reader, after, isProved } of events) {
        now += after;
        if (isProved) senders.proved(`forged-${reader}`, monotonic(now));
        // Somebody comes by the door within the hour.
        senders.proved('door', monotonic(now));
        assert.equal(senders.of('door'), 'reader door');
      }
      const all = new Set(Array.from({ length: 201 }, (_, n) => senders.of(`forged-${n}`)));
      assert.ok(all.size <= 3, [...all].join());
    }),
    { short: 300, long: 20_000 },
  );
});

test('a reader that was silent for an hour leaves its place to another', () => {
  const senders = createPhotoSenders();
  for (const reader of ['a', 'b', 'c']) senders.proved(reader, monotonic(0));
  senders.proved('d', monotonic(3_599_999));
  assert.equal(senders.of('d'), 'others');
  senders.proved('b', monotonic(3_600_000));
  senders.proved('d', monotonic(3_600_000));
  assert.equal(senders.of('d'), 'reader d');
  assert.equal(senders.of('a'), 'others');
});
