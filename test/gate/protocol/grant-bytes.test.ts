import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { gateId, grantId } from '../../../src/base/ids.js';
import { millis } from '../../../src/base/units.js';
import { canonicalBytes, type Permission } from '../../../src/gate/protocol/grant-bytes.js';
import { holds } from '../../support/properties.js';
import { signedFor } from './sample.js';

const id = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/);
/** Few letters, so that fields that run into each other would be found. */
const shortId = fc.stringMatching(/^[ino][ino1]{0,3}$/);
const anyPermission = (ids: fc.Arbitrary<string>): fc.Arbitrary<Permission> =>
  fc.record({
    gate: ids.map(gateId),
    direction: fc.constantFrom('in', 'out'),
    id: ids.map(grantId),
    challenge: fc
      .uint8Array({ minLength: 16, maxLength: 16 })
      .map((bytes) => Buffer.from(bytes).toString('hex')),
    pulse: fc.integer({ min: 100, max: 10_000 }).map(millis),
  });

/** Reads the bytes back as a gate in another language would. */
function parse(bytes: Uint8Array): Permission & { readonly context: string; readonly where: string } {
  const buffer = Buffer.from(bytes);
  const fields: Buffer[] = [];
  for (let offset = 0; offset < buffer.length; ) {
    const length = buffer.readUInt16BE(offset);
    fields.push(buffer.subarray(offset + 2, offset + 2 + length));
    offset += 2 + length;
  }
  const [context, site, lane, gate, direction, grant, challenge, pulse] = fields;
  assert.equal(fields.length, 8);
  assert.ok(context && site && lane && gate && direction && grant && challenge && pulse);
  return {
    context: context.toString(),
    where: `${site}/${lane}`,
    gate: gateId(gate.toString()),
    direction: direction.toString() === 'in' ? 'in' : 'out',
    id: grantId(grant.toString()),
    challenge: challenge.toString('hex'),
    pulse: millis(pulse.readUInt32BE()),
  };
}

test('every permission can be read back from its bytes, so that no two share them', async (t) => {
  await holds(
    t,
    fc.property(anyPermission(id), (permission) => {
      assert.deepEqual(parse(canonicalBytes(permission, signedFor)), {
        ...permission,
        context: 'twinstile-grant-v2',
        where: 's/l',
      });
    }),
    { short: 100, long: 20_000 },
  );
});

test('two permissions have the same bytes only when they are the same', async (t) => {
  await holds(
    t,
    fc.property(anyPermission(shortId), anyPermission(shortId), (one, other) => {
      const mixed = { ...other, challenge: one.challenge, pulse: one.pulse };
      const same = Buffer.from(canonicalBytes(one, signedFor)).equals(canonicalBytes(mixed, signedFor));
      assert.equal(
        same,
        JSON.stringify(Object.entries(one).sort()) === JSON.stringify(Object.entries(mixed).sort()),
      );
    }),
    { short: 1000, long: 20_000 },
  );
});
