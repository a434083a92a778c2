import assert from 'node:assert/strict';
import { test } from 'node:test';
import { badgeId, personId } from '../../../src/base/ids.js';
import { revokeAtRegistrar } from '../../../src/fleet/publish/revoked.js';
import { readRevocation, writeRevocation } from '../../../src/fleet/segments/revocation.js';
import { openGallery } from '../../../src/records/people/sql-gallery.js';
import { openDatabase } from '../../../src/records/sql/sqlite/sqlite-database.js';
import { actsOfTest } from '../../fixtures/acts.js';
import { DIGEST, DIMENSION, enrolled, fleetWorld, SITE } from '../../fixtures/fleet-world.js';

async function revokedWorld() {
  const world = await fleetWorld();
  const box = await world.device('gate-1');
  await world.registrar.apply([...enrolled('ada'), ...enrolled('bob'), ...enrolled('eve')]);
  await world.publish();
  await box.sync();
  const { pieces } = await box.fleet.load();
  const vouchers = {
    root: pieces.get('root') ?? Buffer.alloc(0),
    targets: pieces.get('targets') ?? Buffer.alloc(0),
  };
  const revoked = await revokeAtRegistrar(world.database, [personId('ada')], [badgeId('b-bob')], actsOfTest);
  return { world, box, vouchers, revoked };
}
const matching = async ({ gallery }: Awaited<ReturnType<typeof revokedWorld>>['box']) => ({
  faces: (await gallery.snapshot(DIGEST, DIMENSION)).owners,
  ada: await gallery.holderOf(badgeId('b-ada')),
  bob: await gallery.holderOf(badgeId('b-bob')),
});
const NO_OPERATOR = { faces: ['bob', 'eve'], ada: undefined, bob: undefined };

test('a signed revocation works at once, over a restart, and once a version contains it it is forgotten', async () => {
  const { world, box, vouchers, revoked } = await revokedWorld();
  const payload = writeRevocation(SITE, revoked, await world.signersOf(`site-${SITE}`));
  const told = readRevocation(payload, SITE, vouchers);
  assert.equal(await box.fleet.revoke(told), true);
  assert.deepEqual(await matching(box), NO_OPERATOR);
  const again = await openDatabase(box.file);
  const reopened = await openGallery(again, Buffer.alloc(32, 9));
  assert.deepEqual((await reopened.snapshot(DIGEST, DIMENSION)).owners, ['bob', 'eve']);
  await again.close();
  await world.publish();
  await box.sync();
  assert.equal(await box.has('ada'), false);
  assert.deepEqual(await matching(box), NO_OPERATOR);
  assert.equal((await box.database.read((sql) => sql.all('SELECT * FROM revoked'))).length, 0);
  assert.equal(await box.fleet.revoke(told), false, 'said again it means nothing any more');
});

test('who was not reached by the word is reached by the next version', async () => {
  const { world, box } = await revokedWorld();
  await world.publish();
  await box.sync();
  assert.deepEqual(await matching(box), NO_OPERATOR);
});

test('a revocation is refused when it is forged, changed, or meant for another site', async () => {
  const { world, vouchers, revoked } = await revokedWorld();
  const good = writeRevocation(SITE, revoked, await world.signersOf(`site-${SITE}`));
  const forged = writeRevocation(SITE, revoked, await world.signersOf('timestamp'));
  const changed = Buffer.from(good.toString().replace('"ada"', '"eve"'));
  const elsewhere = writeRevocation('other', revoked, await world.signersOf(`site-${SITE}`));
  assert.throws(() => readRevocation(forged, SITE, vouchers), /signed by the keys of hq/);
  assert.throws(() => readRevocation(changed, SITE, vouchers), /0 good signatures/);
  assert.throws(() => readRevocation(elsewhere, SITE, vouchers), /a revocation for hq/);
  assert.throws(() => readRevocation(Buffer.alloc(40_000), SITE, vouchers), /up to/);
  assert.throws(() => readRevocation(Buffer.from('{}'), SITE, vouchers), /a revocation/);
});
