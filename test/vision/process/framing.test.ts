import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { frameMessage, MessageDecoder } from '../../../src/vision/process/framing.js';
import { holds } from '../../support/properties.js';

const limits = { header: 1000, payload: 1000 };
// JSON gives plain objects back, and none without a prototype.
const plainly = { noNullPrototype: true };
const message = fc.record(
  {
    header: fc.record({ text: fc.string({ maxLength: 50 }), n: fc.integer() }, plainly),
    payload: fc.uint8Array({ maxLength: 200 }),
  },
  plainly,
);
const bytesOf = (messages: readonly { header: unknown; payload: Uint8Array }[]) =>
  Buffer.concat(messages.flatMap(({ header, payload }) => frameMessage(header, payload)));
const plain = ({ header, payload }: { header: unknown; payload: Uint8Array }) => ({
  header,
  payload: [...payload],
});

test('gives back every message however the pipe cuts them', async (t) => {
  await holds(
    t,
    fc.property(fc.array(message, { maxLength: 6 }), fc.array(fc.nat(400)), (messages, cuts) => {
      const stream = bytesOf(messages);
      const decoder = new MessageDecoder(limits);
      const heard = [];
      let at = 0;
      for (const size of [...cuts, stream.length]) {
        for (const each of decoder.push(stream.subarray(at, at + size))) heard.push(plain(each));
        at += size;
      }
      assert.deepEqual(heard, messages.map(plain));
    }),
    { short: 100, long: 20_000 },
  );
});

test('gives nothing for a half message, wherever it is cut', () => {
  const stream = bytesOf([{ header: { a: 1 }, payload: Uint8Array.of(1, 2, 3) }]);
  for (let cut = 0; cut < stream.length; cut += 1)
    assert.deepEqual([...new MessageDecoder(limits).push(stream.subarray(0, cut))], []);
});

const prefix = (header: number, payload: number) => {
  const bytes = Buffer.alloc(12);
  bytes.write('TWV1', 'latin1');
  bytes.writeUInt32LE(header, 4);
  bytes.writeUInt32LE(payload, 8);
  return bytes;
};
for (const [name, bytes] of [
  ['a wrong magic', Buffer.from('Expected a frame')],
  ['a header over the limit', prefix(1001, 0)],
  ['a payload over the limit', prefix(2, 1001)],
  ['a header that is no JSON', Buffer.concat([prefix(2, 0), Buffer.from('{]')])],
  ['an empty header', prefix(0, 0)],
] as const) {
  test(`refuses ${name}`, () =>
    assert.throws(() => [...new MessageDecoder(limits).push(bytes)], { code: 'vision-protocol' }));
}
