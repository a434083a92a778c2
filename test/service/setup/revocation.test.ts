/** How soon does somebody stop matching whom the registrar revokes? Over a real broker, to a box that follows. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { badgeId, personId } from '../../../src/base/ids.js';
import { distanceOf } from '../../../src/biometrics/distance.js';
import { sidesByMetric } from '../../../src/biometrics/head/comparison.js';
import { identityHead } from '../../../src/biometrics/head/head.js';
import { packsFolder } from '../../../src/biometrics/packs/pack-catalog.js';
import { revokeAtRegistrar } from '../../../src/fleet/publish/revoked.js';
import { writeRevocation } from '../../../src/fleet/segments/revocation.js';
import { openLiveGallery } from '../../../src/lane/live-gallery.js';
import { openLog } from '../../../src/platform/log.js';
import { connectBus } from '../../../src/platform/mqtt/reconnecting-bus.js';
import { openSearch } from '../../../src/records/people/search.js';
import type { Config } from '../../../src/service/config/config-schema.js';
import { followFleet } from '../../../src/service/daemon/follow-fleet.js';
import { actsOfTest } from '../../fixtures/acts.js';
import { DIGEST, DIMENSION, enrolled, fleetWorld, SITE } from '../../fixtures/fleet-world.js';
import { until } from '../../until.js';
import { brokerFor } from '../demo/broker-for.js';

/** More for a figure: TWINSTILE_PEOPLE=10000 TWINSTILE_REVOCATIONS=200. */
const PEOPLE = Number(process.env.TWINSTILE_PEOPLE ?? 200);
const REVOCATIONS = Number(process.env.TWINSTILE_REVOCATIONS ?? 20);
const skip = existsSync(path.join(packsFolder(), 'builtin')) ? false : 'needs the built-in pack';

test('whoever is revoked stops matching at a connected box without any sync, badge and face', {
  skip,
  timeout: 600_000,
}, async (t) => {
  const broker = await brokerFor(t);
  const world = await fleetWorld();
  const box = await world.device('gate-1');
  const data = path.dirname(box.file);
  await writeFile(path.join(data, 'gallery.key'), Buffer.alloc(32, 9));
  await writeFile(path.join(data, 'box.age'), box.identity);
  await writeFile(path.join(data, 'root.json'), world.seedRoot);
  for (let first = 0; first < PEOPLE; first += 500)
    await world.registrar.apply(
      Array.from({ length: Math.min(500, PEOPLE - first) }, (_, i) => enrolled(`p${first + i}`)).flat(),
    );
  await world.publish();
  await box.sync();
  const fleet = {
    // Nothing comes from there: what happens comes over the broker alone.
    source: path.join(world.folder, 'nowhere'),
    root_file: path.join(data, 'root.json'),
    key_file: path.join(data, 'box.age'),
    schedule: '0 0 4 1 1 *',
    jitter_s: 0,
    grace_h: 24,
    models: { accept_releases: false, probation_s: 900, max_locked_out: 0, max_latency_ms: 1000 },
  };
  const live = await openLiveGallery({
    store: box.gallery,
    openSearch,
    comparison: {
      ...sidesByMetric('euclidean'),
      head: identityHead(DIGEST, DIMENSION),
      trunk: { digest: DIGEST, dimension: DIMENSION },
      digest: DIGEST,
      dimension: DIMENSION,
      between: distanceOf.euclidean,
    },
  });
  const bus = connectBus({ url: broker.url, clientId: 'box' });
  const office = connectBus({ url: broker.url, clientId: 'office' });
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
    live,
    bus,
    log: openLog('silent'),
    env: process.env,
  });
  const stop = new AbortController();
  const running = Promise.all([follower.run(stop.signal), live.watch(stop.signal)]);
  t.after(async () => {
    stop.abort();
    await running;
    await Promise.all([bus.close(), office.close(), live.close()]);
  });
  await until(() => bus.connected && office.connected, 'both are connected');
  const signers = await world.signersOf(`site-${SITE}`);
  const took: number[] = [];
  for (let number = 0; number < REVOCATIONS; number += 1) {
    const person = personId(`p${number}`);
    const revoked = await revokeAtRegistrar(
      world.database,
      [person],
      [badgeId(`b-p${number + REVOCATIONS}`)],
      actsOfTest,
    );
    const word = writeRevocation(SITE, revoked, signers);
    assert.ok(live.current().snapshot.people.has(person));
    const start = performance.now();
    assert.equal(await office.publish(`twinstile/${SITE}/gallery/revoked`, word, { qos: 1 }), 'sent');
    while (live.current().snapshot.people.has(person)) {
      assert.ok(performance.now() - start < 30_000, `${person} still matches`);
      await pause(1);
    }
    took.push(performance.now() - start);
    assert.equal(await box.gallery.holderOf(badgeId(`b-p${number + REVOCATIONS}`)), undefined);
  }
  took.sort((a, b) => a - b);
  const at = (share: number): number => Math.round(took[Math.floor((took.length - 1) * share)] ?? 0);
  t.diagnostic(
    `${REVOCATIONS} revocations among ${PEOPLE} people: half within ${at(0.5)} ms, 99 % within ${at(0.99)} ms, all within ${at(1)} ms`,
  );
});
