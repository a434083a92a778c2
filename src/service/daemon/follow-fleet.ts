/** Follows the published gallery of a fleet: the sync process, announcements and revocations over MQTT, the gallery's age. */

import { pause } from '../../base/delay.js';
import { explain, TwinstileError } from '../../base/errors.js';
import { siteId } from '../../base/ids.js';
import { createLimitedReports, ONCE_A_MINUTE } from '../../base/limited-reports.js';
import { together } from '../../base/task-group.js';
import { millis, monotonic } from '../../base/units.js';
import { readRevocation } from '../../fleet/segments/revocation.js';
import { NEWEST_SEGMENT_FORMAT } from '../../fleet/segments/segment-format.js';
import { openFleetGallery } from '../../fleet/sqlite/fleet-gallery.js';
import { leftOutIn } from '../../fleet/sqlite/fleet-rows.js';
import { loadTrust } from '../../fleet/sqlite/trust-store.js';
import { type FreshnessState, freshnessStateOf, trustedTimeOf } from '../../fleet/tuf/trusted-versions.js';
import { siteTopics } from '../../gate/protocol/topics.js';
import type { Degraded } from '../../lane/health/degraded-modes.js';
import type { FleetStatus } from '../../lane/health/fleet-in-use.js';
import type { LiveGallery } from '../../lane/live-gallery.js';
import { deviceKey } from '../../platform/device-key.js';
import type { Log } from '../../platform/log.js';
import type { Bus } from '../../platform/mqtt/message-bus.js';
import { systemClock } from '../../platform/system-clock.js';
import type { GalleryStore } from '../../records/people/gallery-store.js';
import type { Database } from '../../records/sql/sqlite/sqlite-database.js';
import type { Config } from '../config/config-schema.js';
import { deviceName, type FleetConfig } from '../config/sections/fleet-section.js';
import { createReceiptPublisher, type ReceiptPublisher } from '../fleet/publish-revocations.js';
import { graceOf, serialIn } from '../setup/gallery-age.js';
import { boxActs } from '../setup/local-acts.js';
import { createSyncProcess, type SyncProcess } from './sync-process.js';

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
  /** Gallery in use here, at most 2 s old. */
  readonly status: () => FleetStatus;
  /** Checks for a newer gallery now; the result appears in the log and in the lanes' state. */
  pull(): void;
  /** Runs until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

const CHECK_INTERVAL = millis(2000);
/** Limit of revocations processed at once: each reads the database, and a registrar sends one at a time. */
const MAX_REVOKING = 16;
/** Announcements within this interval count as one. */
const MAX_ANNOUNCEMENTS_MS = 1000;

/** @throws TwinstileError 'gallery-locked' | 'gallery-unusable'. */
export async function followFleet(dependencies: FollowDependencies): Promise<Follower> {
  const { config, fleet, database, bus, log } = dependencies;
  const gallery = await openFleetGallery(database, dependencies.galleryKey, boxActs);
  const site = fleet.site ?? config.site;
  const topics = siteTopics(siteId(site));
  const sync = createSyncProcess(config, dependencies.env, log);
  const receipts = createReceiptPublisher({
    database,
    bus,
    topic: topics.galleryReceipt(deviceName(config)),
    site,
    device: deviceName(config),
    key: () => deviceKey(config.data_dir),
  });
  let inUse = await readInUse(database, config);
  pullAtAnnouncements(bus, topics.galleryPublished, sync);
  subscribeRevocations(topics.galleryRevoked, { ...dependencies, gallery, receipts, site });

  const watchAge = async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      const before = inUse.freshness;
      inUse = await readInUse(database, config).catch(() => inUse);
      await receipts.publish().catch(() => {});
      const { freshness } = inUse;
      if (freshness !== before)
        log[freshness === 'fresh' ? 'info' : 'error'](
          { staleness: freshness },
          'age of the published gallery',
        );
      await pause(CHECK_INTERVAL, signal);
    }
  };
  return {
    faults: () => [
      ...(inUse.freshness === 'expired' ? (['gallery-expired'] as const) : []),
      ...(inUse.leftOut > 0 ? (['people-left-out'] as const) : []),
    ],
    status: () => inUse.status,
    pull: () => sync.pull(),
    run: (signal) => together(signal, [(stop) => sync.run(stop), watchAge]),
  };
}

/** Syncs at once when the registrar announces a new gallery, at most once a second. */
function pullAtAnnouncements(bus: Bus, topic: string, sync: Pick<SyncProcess, 'pull'>): void {
  let lastAt = Number.NEGATIVE_INFINITY;
  bus.subscribe(topic, ({ retained }) => {
    const now = performance.now();
    if (retained || now - lastAt < MAX_ANNOUNCEMENTS_MS) return;
    lastAt = now;
    sync.pull();
  });
}

interface RevocationDependencies extends Pick<FollowDependencies, 'bus' | 'store' | 'live' | 'log'> {
  readonly gallery: Awaited<ReturnType<typeof openFleetGallery>>;
  readonly receipts: ReceiptPublisher;
  readonly site: string;
}

/** Applies revocations as they arrive: checked, stored, withdrawn from the gallery in memory, and acknowledged by a receipt. */
function subscribeRevocations(topic: string, dependencies: RevocationDependencies): void {
  let running = 0;
  const now = () => monotonic(performance.now());
  const refusals = createLimitedReports<string>({
    limit: ONCE_A_MINUTE,
    maxKinds: 16,
    report: (detail, count) => dependencies.log.error({ detail, count }, 'a revocation was not taken'),
  });
  dependencies.bus.subscribe(topic, ({ payload, retained }) => {
    if (retained) return refusals.add('retained', 'it was retained', now());
    if (running >= MAX_REVOKING) return refusals.add('', 'too many at once', now());
    running += 1;
    return revoke(Buffer.from(payload), dependencies)
      .then((result) => {
        if (result === 'too-early') refusals.add('early', 'it came before the first gallery', now());
      })
      .catch((error: unknown) => {
        const code = error instanceof TwinstileError ? error.code : 'internal';
        refusals.add(code, `${code}: ${explain(error)}`, now());
      })
      .finally(() => {
        running -= 1;
      });
  });
}

async function revoke(
  payload: Uint8Array,
  { gallery, receipts, site, store, live, log }: RevocationDependencies,
): Promise<'revoked' | 'too-early'> {
  const { pieces } = await gallery.load();
  const [root, targets] = [pieces.get('root'), pieces.get('targets')];
  if (root === undefined || targets === undefined) return 'too-early';
  const revocation = readRevocation(payload, site, { root, targets });
  const { serial, people, badges } = revocation;
  if (await gallery.revoke(revocation)) {
    live.withdraw(people, await store.version());
    // Without ids, because erasure does not reach a log. The journal has them.
    log.warn({ serial, people: people.length, badges: badges.length }, 'revoked');
  }
  // Only after it is applied: the registrar takes a receipt as proof that the revocation is in force.
  await receipts.publish();
  return 'revoked';
}

interface GalleryInUse {
  readonly freshness: FreshnessState;
  readonly status: FleetStatus;
  /** Number of records of the published gallery that are not in use here. */
  readonly leftOut: number;
}

/** Reads serial and age in one transaction, so that a version that arrives meanwhile is not mixed with the one before. */
async function readInUse(database: Database, config: Config): Promise<GalleryInUse> {
  const { trust, serial, leftOut } = await database.read(async (sql) => ({
    trust: await loadTrust(sql),
    serial: await serialIn(sql),
    leftOut: await leftOutIn(sql),
  }));
  const { freshness, trustedTime } = trust;
  return {
    leftOut: leftOut.length,
    freshness: freshnessStateOf(freshness, trustedTimeOf(systemClock.wall(), trustedTime), graceOf(config)),
    status: { serial, signedAt: freshness?.signedAt, reads: NEWEST_SEGMENT_FORMAT },
  };
}
