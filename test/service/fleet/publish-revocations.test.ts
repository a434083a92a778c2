/** Two boxes of one site on one broker: a revocation is acknowledged by each, and the registrar says who has not heard. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { personId, siteId } from '../../../src/base/ids.js';
import { millis } from '../../../src/base/units.js';
import { isProvedEverywhere, receiptLines } from '../../../src/cli/fleet/gallery-revoke.js';
import { revokeAtRegistrar } from '../../../src/fleet/publish/revoked.js';
import { writeRevocation } from '../../../src/fleet/segments/revocation.js';
import { writeReceipt } from '../../../src/fleet/status/revocation-receipt.js';
import { siteTopics } from '../../../src/gate/protocol/topics.js';
import { deviceKey } from '../../../src/platform/device-key.js';
import { openLog } from '../../../src/platform/log.js';
import { connectBus } from '../../../src/platform/mqtt/reconnecting-bus.js';
import type { Config } from '../../../src/service/config/config-schema.js';
import { followFleet } from '../../../src/service/daemon/follow-fleet.js';
import { publishRevocations } from '../../../src/service/fleet/publish-revocations.js';
import { actsOfTest } from '../../fixtures/acts.js';
import { enrolled, fleetWorld, SITE } from '../../fixtures/fleet-world.js';
import { until } from '../../until.js';
import { brokerFor } from '../demo/broker-for.js';

type World = Awaited<ReturnType<typeof fleetWorld>>;

/** A box that follows, as `twinstile run` has it beside its lanes. */
async function followingBox(t: TestContext, world: World, name: string, url: string) {
  const box = await world.device(name);
  const data = path.dirname(box.file);
  await writeFile(path.join(data, 'gallery.key'), Buffer.alloc(32, 9));
  const fleet = {
    source: path.join(world.folder, 'nowhere'),
    root_file: path.join(data, 'root.json'),
    key_file: path.join(data, 'box.age'),
    device: name,
    schedule: '0 0 4 1 1 *',
    jitter_s: 0,
    grace_h: 24,
    models: { accept_releases: false, probation_s: 900, max_locked_out: 0, max_latency_ms: 1000 },
  };
  const bus = connectBus({ url, clientId: name });
  const withdrawn: string[] = [];
  const follower = await followFleet({
    config: {
      site: SITE,
      data_dir: data,
      gallery: { key_file: path.join(data, 'gallery.key'), fleet },
      models: { pack: 'builtin' },
    } as unknown as Config,
    fleet,
    database: box.database,
    galleryKey: Buffer.alloc(32, 9),
    store: box.gallery,
    live: { withdraw: (people) => withdrawn.push(...people) },
    bus,
    log: openLog('silent'),
    env: process.env,
  });
  const stop = new AbortController();
  const running = follower.run(stop.signal);
  t.after(async () => {
    stop.abort();
    await running;
    await bus.close();
  });
  return { ...box, bus, withdrawn, fingerprint: (await deviceKey(data)).fingerprint };
}

test('a revocation is acknowledged by each of two boxes on one broker, and the registrar says who has not heard', {
  timeout: 120_000,
}, async (t) => {
  const broker = await brokerFor(t);
  const world = await fleetWorld();
  await world.registrar.apply(['ada', 'bob', 'eve'].flatMap((id) => enrolled(id)));
  const one = await followingBox(t, world, 'gate-1', broker.url);
  const two = await followingBox(t, world, 'gate-2', broker.url);
  await world.publish();
  for (const box of [one, two]) await box.sync();
  await until(() => one.bus.connected && two.bus.connected, 'both are connected');
  const config = { site: SITE, mqtt: { url: broker.url } } as unknown as Config;
  const revoke = async (who: string, wait = 5000) => {
    const revocation = await revokeAtRegistrar(world.database, [personId(who)], [], actsOfTest);
    const payload = writeRevocation(SITE, revocation, await world.signersOf(`site-${SITE}`));
    const words = [{ serial: revocation.serial, payload }];
    const told = await publishRevocations({
      config,
      env: process.env,
      fleet: world.places.fleet,
      site: SITE,
      words,
      wait: millis(wait),
    });
    return { ...told, serials: [revocation.serial] };
  };

  // Nobody's key is on record: their word is no proof, and is not told as one.
  const claimed = await revoke('ada');
  assert.deepEqual(claimed.devices, [
    { device: 'gate-1', hearing: 'claimed' },
    { device: 'gate-2', hearing: 'claimed' },
  ]);
  assert.equal(isProvedEverywhere(claimed), false);
  assert.match(receiptLines(claimed).join('\n'), /gate-1, gate-2 say so, .* no proof/);
  assert.deepEqual([one.withdrawn, two.withdrawn], [['ada'], ['ada']]);

  await world.office.setDeviceKeys({ 'gate-1': one.fingerprint, 'gate-2': two.fingerprint });
  const proved = await revoke('bob');
  assert.ok(isProvedEverywhere(proved), JSON.stringify(proved));
  assert.match(receiptLines(proved).join('\n'), /It holds at gate-1, gate-2: signed by the boxes\./);

  // One is away; somebody who may write at the broker says in its name that all is well.
  await two.bus.close();
  const forger = connectBus({ url: broker.url, clientId: 'forger' });
  t.after(() => forger.close());
  await until(() => forger.connected, 'the forger is connected');
  const { generateKeyPairSync } = await import('node:crypto');
  const { privateKey: secret, publicKey } = generateKeyPairSync('ed25519');
  const forged = writeReceipt(
    { site: SITE, device: 'gate-2', held: { through: 1000, serials: [] } },
    { secret, pub: String(publicKey.export({ type: 'spki', format: 'pem' })) },
  );
  const topic = siteTopics(siteId(SITE)).galleryReceipt('gate-2');
  assert.equal(await forger.publish(topic, forged, { qos: 1, retain: true }), 'sent');
  const half = await revoke('eve', 1500);
  assert.deepEqual(half.devices, [
    { device: 'gate-1', hearing: 'proved' },
    { device: 'gate-2', hearing: 'silent' },
  ]);
  assert.equal(isProvedEverywhere(half), false);
  assert.match(receiptLines(half).join('\n'), /NOT HEARD OF IT: gate-2\./);
  assert.doesNotMatch(receiptLines(half).join('\n'), /know it now/);
});
