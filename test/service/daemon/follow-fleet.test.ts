import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Writable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { badgeId, personId } from '../../../src/base/ids.js';
import { distanceOf } from '../../../src/biometrics/distance.js';
import { sidesByMetric } from '../../../src/biometrics/head/comparison.js';
import { identityHead } from '../../../src/biometrics/head/head.js';
import { packsFolder } from '../../../src/biometrics/packs/pack-catalog.js';
import { revokeAtRegistrar } from '../../../src/fleet/publish/revoked.js';
import { writeRevocation } from '../../../src/fleet/segments/revocation.js';
import { openLiveGallery } from '../../../src/lane/live-gallery.js';
import { type Log, openLog } from '../../../src/platform/log.js';
import type { Config } from '../../../src/service/config/config-schema.js';
import { followFleet } from '../../../src/service/daemon/follow-fleet.js';
import { createFakeBroker } from '../../fakes/bus.js';
import { bruteForce } from '../../fakes/search.js';
import { actsOfTest } from '../../fixtures/acts.js';
import { DIGEST, DIMENSION, enrolled, fleetWorld, SITE } from '../../fixtures/fleet-world.js';
import { until } from '../../until.js';

const skip = existsSync(path.join(packsFolder(), 'builtin')) ? false : 'needs the built-in pack';

const LIMIT_MS = 20_000;

function logInto(lines: string[]): Log {
  const to = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  return openLog('warn', to as unknown as NodeJS.WriteStream);
}
async function following(
  t: TestContext,
  { log = openLog('fatal'), isEmpty = false }: { readonly log?: Log; readonly isEmpty?: boolean } = {},
) {
  const world = await fleetWorld();
  const box = await world.device('gate-1');
  const data = path.dirname(box.file);
  await writeFile(path.join(data, 'gallery.key'), Buffer.alloc(32, 9));
  await writeFile(path.join(data, 'box.age'), box.identity);
  await writeFile(path.join(data, 'root.json'), world.seedRoot);
  const fleet = {
    source: isEmpty ? path.join(data, 'nowhere') : world.places.out,
    root_file: path.join(data, 'root.json'),
    key_file: path.join(data, 'box.age'),
    // Hardly ever by itself: the notice has to do it.
    schedule: '0 0 4 1 1 *',
    jitter_s: 0,
    grace_h: 24,
    models: { accept_releases: false, probation_s: 900, max_locked_out: 0, max_latency_ms: 1000 },
  };
  const config = {
    site: SITE,
    data_dir: data,
    gallery: { key_file: path.join(data, 'gallery.key'), fleet },
    models: { pack: 'builtin' },
  } as unknown as Config;
  const broker = createFakeBroker();
  const office = broker.connect();
  const live = await openLiveGallery({
    store: box.gallery,
    openSearch: bruteForce,
    comparison: {
      ...sidesByMetric('euclidean'),
      head: identityHead(DIGEST, DIMENSION),
      trunk: { digest: DIGEST, dimension: DIMENSION },
      digest: DIGEST,
      dimension: DIMENSION,
      between: distanceOf.euclidean,
    },
  });
  await world.registrar.apply([...enrolled('ada'), ...enrolled('bob')]);
  await world.publish();
  const stop = new AbortController();
  const follower = await followFleet({
    config,
    fleet,
    database: box.database,
    galleryKey: Buffer.alloc(32, 9),
    store: box.gallery,
    live,
    bus: broker.connect(),
    log,
    env: process.env,
  });
  const running = Promise.all([follower.run(stop.signal), live.watch(stop.signal)]);
  t.after(async () => {
    stop.abort();
    await running;
  });
  return { world, box, office, live, follower, running };
}

test('the daemon takes a gallery at its start and after each notice, and a revocation at once', {
  skip,
}, async (t) => {
  const lines: string[] = [];
  const { world, box, office, live, follower } = await following(t, { log: logInto(lines) });
  assert.deepEqual(follower.faults(), ['gallery-expired'], 'before the first gallery nothing is known');
  const here = (): string => [...live.current().snapshot.people.keys()].join(' ');
  await until(() => here() === 'ada bob', 'the first gallery', LIMIT_MS);
  await until(() => follower.faults().length === 0, 'it is known to be fresh', LIMIT_MS);

  const revoked = await revokeAtRegistrar(world.database, [personId('ada')], [badgeId('b-bob')], actsOfTest);
  const word = writeRevocation(SITE, revoked, await world.signersOf(`site-${SITE}`));
  await office.publish(`twinstile/${SITE}/gallery/revoked`, word, { qos: 1, retain: true });
  const isRefused = () => lines.some((line) => line.includes('it was retained'));
  await until(isRefused, 'the retained revocation is refused', LIMIT_MS);
  assert.equal(here(), 'ada bob', 'a retained revocation is dropped');
  await office.publish(`twinstile/${SITE}/gallery/revoked`, word, { qos: 1 });
  await until(() => here() === 'bob', 'ada is out of the gallery in memory', LIMIT_MS);
  assert.equal(await box.gallery.holderOf(badgeId('b-bob')), undefined);

  await world.registrar.apply(enrolled('eve'));
  await world.publish();
  await office.publish(`twinstile/${SITE}/gallery/published`, '{"v":1}', { qos: 1 });
  await until(() => here() === 'bob eve', 'the next gallery', LIMIT_MS);
  assert.equal(await box.has('ada'), false);
});

test('a flood of revocations before the first gallery is a line of the log and not thousands', {
  skip,
}, async (t) => {
  const lines: string[] = [];
  const { office, world } = await following(t, { log: logInto(lines), isEmpty: true });
  const revoked = await revokeAtRegistrar(world.database, [personId('ada')], [], actsOfTest);
  const word = writeRevocation(SITE, revoked, await world.signersOf(`site-${SITE}`));
  for (let n = 0; n < 500; n += 1) {
    await office.publish(`twinstile/${SITE}/gallery/revoked`, word, { qos: 1 });
    // One at a time, so that none is turned away for that.
    if (n % 8 === 0) await pause(10);
  }
  const told = () => lines.filter((line) => line.includes('revocation'));
  await until(() => told().some((line) => line.includes('before the first gallery')), 'it is told', LIMIT_MS);
  // Revocations are handled in order: after this one, which is refused for another reason, none of the flood is left.
  await office.publish(`twinstile/${SITE}/gallery/revoked`, word, { qos: 1, retain: true });
  await until(() => told().some((line) => line.includes('it was retained')), 'the last refusal', LIMIT_MS);
  assert.ok(told().length <= 5, told().slice(0, 6).join(''));
});
