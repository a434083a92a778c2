import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readBadgeMessage } from '../../../src/gate/protocol/gate-messages.js';
import { holds } from '../../support/properties.js';

const good = { v: 1, badge: '04A224B1', reader: 'door', read: 'r-1' };
const read = (message: unknown) => readBadgeMessage(Buffer.from(JSON.stringify(message)));
const problemOf = (message: unknown): string => {
  const heard = read(message);
  return heard.kind === 'message' ? 'understood' : `${heard.reader ?? '-'}: ${heard.problem}`;
};

test('a badge written with colons, blanks, dashes or dots is the same card', () => {
  for (const badge of [
    '04:A2:24:B1',
    '04:a2:24:b1',
    '04 A2 24 B1',
    '04-a2-24-b1',
    '04.A2.24.B1',
    ' 04A224B1\t',
  ])
    assert.deepEqual(read({ ...good, badge }), { kind: 'message', message: good }, badge);
});

test('says of a message that is not understood which field it is and why, and shows no value of it', () => {
  assert.equal(
    problemOf({ ...good, badge: 4711 }),
    'door: Expected badge as text in quotes, got a number, which loses zeros before it and digits of long ones.',
  );
  assert.equal(problemOf({ uid: '04A224B1' }), '-: Expected the field v, got only uid.');
  assert.equal(
    problemOf({ v: 1, uid: '04A224B1', reader: 'door', read: 'r' }),
    'door: Expected the field badge, got only v, uid, reader, read.',
  );
  assert.equal(
    problemOf({ v: 1, badge: 'b', reader: 'door' }),
    'door: Expected the field read, got only v, badge, reader.',
  );
  assert.match(
    problemOf({ ...good, badge: 'Ada Lovelace' }),
    /^door: Expected badge of 1 to 64 .*, got other text\.$/,
  );
  assert.match(problemOf({ ...good, badge: null }), /^door: Expected badge .*, got null\.$/);
  assert.equal(problemOf({ ...good, v: 2 }), 'door: Expected v 1, got a number.');
  assert.match(problemOf({ ...good, reader: 'the north door' }), /^-: Expected reader of 1 to 64 /);
  assert.equal(problemOf([good]), '-: Expected a JSON object, got a list.');
  assert.equal(problemOf('04A224B1'), '-: Expected a JSON object, got a string.');
  const raw = readBadgeMessage(Buffer.from('04A224B1'));
  assert.equal(
    raw.kind === 'not-understood' && raw.problem,
    'Expected a message in JSON, got something else.',
  );
});

test('never throws, and never shows a badge, whatever is published', async (t) => {
  const field = fc.oneof(fc.string(), fc.integer(), fc.constant(null), fc.array(fc.string()));
  const message = fc.record(
    { v: fc.oneof(fc.constant(1), field), badge: field, reader: field, read: field, photo: field },
    { requiredKeys: [] },
  );
  await holds(
    t,
    fc.property(message, (one) => {
      const heard = read({ ...one, badge: `no badge of 4711 ${String(one.badge)}` });
      assert.ok(heard.kind === 'not-understood' && !heard.problem.includes('4711'));
    }),
    { short: 100, long: 20_000 },
  );
  await holds(
    t,
    fc.property(fc.uint8Array(), (bytes) => void readBadgeMessage(bytes)),
    { short: 100, long: 20_000 },
  );
});
