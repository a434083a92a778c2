/** The daemon's part of a fleet: the sync process, notices and revocations over MQTT, and how old the gallery is. */

import { pause } from '../../../base/delay.js';
import { explain, TwinstileError } from '../../../base/errors.js';
import { siteId } from '../../../base/ids.js';
import { createLimitedReports, ONCE_A_MINUTE } from '../../../base/limited-reports.js';
import { together } from '../../../base/task-group.js';
import { millis, monotonic } from '../../../base/units.js';
import { readRevocation } from '../../../fleet/revocation/revocation.js';
import { type FreshnessState, freshnessStateOf } from '../../../fleet/segments/freshness-limit.js';
import { trustedTimeOf } from '../../../fleet/segments/trusted-time.js';
import { openFleetGallery } from '../../../fleet/sqlite/fleet-gallery.js';
import { leftOutIn } from '../../../fleet/sqlite/left-out.js';
import { loadTrust } from '../../../fleet/sqlite/trust-store.js';
import { siteTopics } from '../../../gate/protocol/topics.js';
import type { Degraded } from '../../../lane/health/degraded-modes.js';
import type { FleetStatus } from '../../../lane/health/lane-state-message.js';
import type { LiveGallery } from '../../../lane/live-gallery.js';
import { deviceKey } from '../../../platform/device-key.js';
import type { Log } from '../../../platform/log.js';
import type { Bus } from '../../../platform/mqtt/message-bus.js';
import { systemClock } from '../../../platform/system-clock.js';
import type { GalleryStore } from '../../../records/people/gallery-store.js';
import type { Database } from '../../../records/sql/sqlite/sqlite-database.js';
import type { Config } from '../../config/config-schema.js';
import type { FleetConfig } from '../../config/sections/fleet-section.js';
import { createReceiptPublisher } from '../../fleet/tell-heard.js';
import { deviceName } from '../../setup/device-name.js';
import { graceOf, serialIn } from '../../setup/gallery-age.js';
import { boxActs } from '../../setup/local-acts.js';
import { createSyncProcess } from './sync-process.js';

export interface FollowDependencies {
  readonly config: Config;
  readonly fleet: FleetConfig;
  readonly database: Database;
  readonly galleryKey: Uint8Array;
  readonly store: GalleryStore;
  readonly live: Pick<LiveGallery, 'withdraw'>;
  readonly bus: Bus;
  readonly log: Log;
  readonly env: NodeJS.ProcessEnv;
}

export interface Follower {
  readonly faults: () => readonly Degraded[];
  /** What is in use here, as of 2 s ago. */
  readonly status: () => FleetStatus;
  /** Looks for a newer gallery now; what comes of it is told in the log and in the lanes' state. */
  pull(): void;
  /** Runs until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

const CHECK_INTERVAL = millis(2000);
/** Each reads the database; a registrar sends one at a time. */
const MAX_REVOKING = 16;
/** A flood of notices is one notice. */
const MAX_ANNOUNCEMENTS_MS = 1000;

/** @throws TwinstileError 'gallery-locked' | 'gallery-unusable'. */
export async function followFleet(dependencies: FollowDependencies): Promise<Follower> {
  const { config, fleet, database, store, live, bus, log } = dependencies;
  const gallery = await openFleetGallery(database, dependencies.galleryKey, boxActs);
  const site = fleet.site ?? config.site;
  const topics = siteTopics(siteId(site));
  const sync = createSyncProcess(config, dependencies.env, log);
  const heard = createReceiptPublisher({
    database,
    bus,
    topic: topics.galleryReceipt(deviceName(config)),
    site,
    device: deviceName(config),
    key: await deviceKey(config.data_dir),
  });
  let { staleness: freshnessLimit, news, leftOut } = await lookAt(database, config);
  let noticeAt = Number.NEGATIVE_INFINITY;

  bus.subscribe(topics.galleryPublished, ({ retained }) => {
    const now = performance.now();
    if (retained || now - noticeAt < MAX_ANNOUNCEMENTS_MS) return;
    noticeAt = now;
    sync.pull();
  });
  let revoking = 0;
  const now = () => monotonic(performance.now());
  const refusedOnes = createLimitedReports<string>({
    limit: ONCE_A_MINUTE,
    maxKinds: 16,
    report: (detail, count) => log.error({ detail, count }, 'a revocation was not taken'),
  });
  const revoke = async (payload: Uint8Array): Promise<void> => {
    const { pieces } = await gallery.load();
    const [root, targets] = [pieces.get('root'), pieces.get('targets')];
    if (root === undefined || targets === undefined)
      return refusedOnes.add('early', 'it came before the first gallery', now());
    const told = readRevocation(payload, site, { root, targets });
    if (await gallery.revoke(told)) {
      live.withdraw(told.people, await store.version());
      // Without ids: a log goes where no erasure reaches it. The journal has them.
      log.warn({ serial: told.serial, people: told.people.length, badges: told.badges.length }, 'revoked');
    }
    // Only now: whoever reads it takes it for done.
    await heard.tell();
  };
  bus.subscribe(topics.galleryRevoked, ({ payload, retained }) => {
    if (retained) return refusedOnes.add('retained', 'it was retained', now());
    if (revoking >= MAX_REVOKING) return refusedOnes.add('', 'too many at once', now());
    revoking += 1;
    return revoke(Buffer.from(payload))
      .catch((error: unknown) => {
        const code = error instanceof TwinstileError ? error.code : 'internal';
        refusedOnes.add(code, `${code}: ${explain(error)}`, now());
      })
      .finally(() => {
        revoking -= 1;
      });
  });
  const watchAge = async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      const before = freshnessLimit;
      const seen = await lookAt(database, config).catch(() => undefined);
      if (seen !== undefined) ({ staleness: freshnessLimit, news, leftOut } = seen);
      await heard.tell().catch(() => {});
      if (freshnessLimit !== before)
        log[freshnessLimit === 'fresh' ? 'info' : 'error'](
          { staleness: freshnessLimit },
          'age of the published gallery',
        );
      await pause(CHECK_INTERVAL, signal);
    }
  };
  return {
    faults: () => [
      ...(freshnessLimit === 'expired' ? (['gallery-expired'] as const) : []),
      ...(leftOut > 0 ? (['people-left-out'] as const) : []),
    ],
    status: () => news,
    pull: () => sync.pull(),
    run: (signal) => together(signal, [(stop) => sync.run(stop), watchAge]),
  };
}

interface FaceObservation {
  readonly staleness: FreshnessState;
  readonly news: FleetStatus;
  /** How many records of the published gallery are not in use here. */
  readonly leftOut: number;
}

/** Serial and age are of one moment: a version that is taken meanwhile is not mixed with the one before. */
async function lookAt(database: Database, config: Config): Promise<FaceObservation> {
  const { trust, serial, leftOut } = await database.read(async (sql) => ({
    trust: await loadTrust(sql),
    serial: await serialIn(sql),
    leftOut: await leftOutIn(sql),
  }));
  const { freshness, trustedTime: timeFloor } = trust;
  return {
    leftOut: leftOut.length,
    staleness: freshnessStateOf(freshness, trustedTimeOf(systemClock.wall(), timeFloor), graceOf(config)),
    news: {
      serial,
      signedAt: freshness?.signedAt,
    },
  };
}
