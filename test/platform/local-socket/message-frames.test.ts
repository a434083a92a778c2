import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FrameDecoder, frameParts } from '../../../src/platform/local-socket/message-frames.js';
import { holds } from '../../support/properties.js';

const format = { magic: 'TEST', header: 200, payload: 0, code: 'socket-protocol', hint: 'Look.' } as const;

test('another protocol on the same stream is refused, with what to do', () => {
  const other = Buffer.concat(frameParts({ magic: 'TWV1' }, { kind: 'hello' }));
  assert.throws(() => [...new FrameDecoder(format).push(other)], {
    code: 'socket-protocol',
    message: 'Expected a message that starts with TEST, got bytes 54575631.',
    hint: 'Look.',
  });
});

test('whatever bytes come, the decoder gives checked JSON or refuses, and holds no more than one message', async (t) => {
  const prefix = fc.tuple(fc.nat(400), fc.nat(3)).map(([header, payload]) => {
    const bytes = Buffer.from('TEST\0\0\0\0\0\0\0\0', 'latin1');
    bytes.writeUInt32LE(header, 4);
    bytes.writeUInt32LE(payload, 8);
    return bytes;
  });
  const chunk = fc.oneof(
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    prefix,
    fc.jsonValue().map((value) => Buffer.concat(frameParts(format, value))),
  );
  await holds(
    t,
    fc.property(fc.array(chunk, { maxLength: 8 }), (chunks) => {
      const decoder = new FrameDecoder(format);
      try {
        for (const each of chunks)
          for (const { header, payload } of decoder.push(each)) {
            assert.doesNotThrow(() => JSON.stringify(header));
            assert.equal(payload.length, 0);
          }
      } catch (error) {
        assert.equal((error as { code?: string }).code, 'socket-protocol');
      }
    }),
    { short: 300, long: 50_000 },
  );
});
