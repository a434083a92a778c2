/** The whole box: database, gallery, lanes, delivery. Started in order, stopped in reverse, each step bounded in time. */

import { createDisposerStack } from '../../base/disposer-stack.js';
import { laneId } from '../../base/ids.js';
import { together } from '../../base/task-group.js';
import { packsFolder } from '../../biometrics/packs/pack-folder.js';
import { openPacks } from '../../biometrics/packs/pack-store.js';
import type { Degraded } from '../../lane/health/degraded-modes.js';
import { reportHealth } from '../../lane/health/publish-health.js';
import { openLiveGallery } from '../../lane/live-gallery.js';
import { serveLane } from '../../lane/run-lane.js';
import { RELEASED } from '../../platform/build-date.js';
import { watchEventLoop } from '../../platform/event-loop.js';
import { freeSpace } from '../../platform/free-space.js';
import { sinceBoot } from '../../platform/since-boot.js';
import { systemClock } from '../../platform/system-clock.js';
import { openNotifier } from '../../platform/systemd-notify.js';
import { isTimeSynchronised } from '../../platform/time-sync.js';
import { openUpkeep } from '../../records/erasure/sqlite-upkeep.js';
import { deliver } from '../../records/journal/deliver.js';
import { openJournal } from '../../records/journal-store/sqlite-journal.js';
import { openSearch } from '../../records/people/search/search.js';
import { openGallery } from '../../records/people/sql-gallery.js';
import { configFor } from '../models/models-in-use.js';
import { exposuresOf } from '../setup/exposures.js';
import { sizeProblems } from '../setup/gallery-size.js';
import { boxActs } from '../setup/local-acts.js';
import { openComparison, uncalibratedHint } from '../setup/open-comparison.js';
import { backupFolder, resealing } from '../setup/open-gallery.js';
import { settleKey } from '../setup/rotate-gallery-key.js';
import { readSecrets } from '../setup/secrets.js';
import { openAdapting } from './adaptation/serve-adaptation.js';
import { bothWatchers } from './both-watchers.js';
import { buildLane } from './build-lane.js';
import type { DaemonDependencies, DaemonEnd } from './daemon-dependencies.js';
import { followFleet } from './fleet/follow-fleet.js';
import { followModels } from './follow-models.js';
import { openBoxDatabase } from './open-box-database.js';
import { connectOutbox } from './outbox-connection.js';
import { serveUpkeep } from './serve-upkeep.js';
import { shareHealth } from './share-health.js';
import { openSite, type SiteServices } from './site-services.js';
import { watchTakeovers } from './takeovers.js';
import { reportDropped } from './tell-dropped.js';
import { createDatabaseWatch } from './watch-database.js';
import { createSelfWatch } from './watch-self.js';

const DAMAGED: readonly Degraded[] = ['templates-damaged'];

/**
 * Runs until the signal aborts.
 * @throws TwinstileError when something that is needed at the start is missing or broken.
 */
export async function runDaemon(
  {
    config: given,
    log,
    env,
    observer: onlooker = {},
    reread,
    models,
    isDatabaseOther,
    startVision,
  }: DaemonDependencies,
  told: AbortSignal,
): Promise<DaemonEnd> {
  const config = models === undefined ? given : configFor(given, models);
  const others = new AbortController();
  const signal = AbortSignal.any([told, others.signal]);
  const disposers = createDisposerStack((step, detail) => log.warn({ step, detail }, 'stop'));
  try {
    const packFolder = models?.packFolder ?? packsFolder({ env, config: config.models.folder });
    const { card } = await openPacks(packFolder).open(config.models.pack);
    const { head, calibration, reranker } = config.models;
    const comparison = await openComparison(card, head, calibration, reranker);
    const uncalibrated = uncalibratedHint(comparison);
    if (uncalibrated !== undefined) log.error(uncalibrated);
    let end: DaemonEnd = 'other-models';
    const box = await openBoxDatabase(config, env.CREDENTIALS_DIRECTORY, log, isDatabaseOther === true);
    const database = disposers.add('database', box.database);
    const files = createDatabaseWatch(database, log);
    // A rotation of the key that was cut off is ended before the key is read.
    if (config.gallery.key_file !== undefined)
      await settleKey(database, config.gallery.key_file, backupFolder(config), resealing(config));
    const secrets = await readSecrets(config, env.CREDENTIALS_DIRECTORY);
    const store = disposers.add('gallery', await openGallery(database, secrets.galleryKey, boxActs));
    const journal = disposers.add('journal', openJournal(database));
    const adapting = openAdapting({
      config: given,
      database,
      key: secrets.galleryKey,
      people: store,
      card,
      configured: comparison,
      clock: systemClock,
      log,
      env,
    });
    let services: SiteServices | undefined;
    const gallery = disposers.add(
      'search',
      await openLiveGallery({
        store,
        openSearch,
        comparison,
        lanes: adapting?.heads,
        onSwap: ({ snapshot }) => {
          log.info({ version: snapshot.version, people: snapshot.people.size }, 'gallery renewed');
          services?.renewed();
        },
        onFault: (detail) => log.error({ detail }, 'gallery cannot be renewed; the one in memory stays'),
      }),
    );
    const takeovers = watchTakeovers(systemClock, log);
    const outboxBus = disposers.add(
      'outbox connection',
      connectOutbox(config, secrets.broker, { log, takeovers }),
    );
    const follower =
      config.gallery.fleet === undefined
        ? undefined
        : await followFleet({
            config: given,
            fleet: config.gallery.fleet,
            database,
            galleryKey: secrets.galleryKey,
            store,
            live: gallery,
            bus: outboxBus,
            log,
            env,
          });
    const { fleet } = config.gallery;
    const releases =
      fleet?.models.accept_releases === true
        ? await followModels({ config, fleet, database, journal, log, running: models?.released })
        : undefined;
    const observer = releases === undefined ? onlooker : bothWatchers(releases.watcher, onlooker);
    for (const { detail, ...size } of sizeProblems(
      config.lanes,
      gallery.current().snapshot.owners.length,
      comparison.calibration,
    ))
      log.error({ ...size }, `the gallery is too large: ${detail}`);
    const notifier = openNotifier({
      env,
      pid: process.pid,
      onFault: (detail) => log.warn({ detail }, 'systemd cannot be told'),
    });
    const self = createSelfWatch({
      lanes: config.lanes.map(({ id }) => id),
      clock: systemClock,
      log,
      released: RELEASED,
      sinceBoot,
      isTimeSynchronised,
      freeSpace: () => freeSpace(config.data_dir),
      notifier: {
        ...notifier,
        // Whoever only begins again does not stop.
        stopping: () => (others.signal.aborted ? notifier.reloading() : notifier.stopping()),
      },
    });
    const site = disposers.add(
      'access',
      await openSite({
        config,
        database,
        store,
        gallery: gallery.current,
        card,
        comparison,
        secrets,
        credentials: env.CREDENTIALS_DIRECTORY,
        packFolder,
        log,
        whileReloading: self.whileReloading,
        reread,
        pull: follower?.pull,
      }),
    );
    services = site;
    const lanes = config.lanes.map((lane) =>
      buildLane(lane, {
        site,
        config,
        card,
        packFolder,
        credentials: env.CREDENTIALS_DIRECTORY,
        broker: secrets.broker,
        key: secrets.grantKey,
        gates: secrets.gates,
        gallery: () => gallery.current(laneId(lane.id)),
        adapting,
        store,
        journal,
        log,
        observer,
        fleet:
          follower === undefined
            ? undefined
            : () => ({
                ...follower.news(),
                models: releases?.state(),
              }),
        takeovers,
        startVision,
        self: {
          ...self,
          faults: () => [
            ...self.faults(),
            ...takeovers.faults(),
            ...box.faults(),
            ...files.faults(),
            ...((gallery.current().snapshot.damaged ?? 0) > 0 ? DAMAGED : []),
            ...(follower?.faults() ?? []),
          ],
        },
      }),
    );
    const loop = watchEventLoop();
    disposers.add('event loop watch', { close: async () => loop.close() });
    const healthOf = shareHealth({
      folder: config.data_dir,
      loop,
      clock: systemClock,
      pids: () => lanes.flatMap(({ visionPid }) => visionPid() ?? []),
    });
    for (const { bus } of lanes) disposers.add('lane connection', bus);
    log.info({ site: config.site, lanes: config.lanes.map(({ id }) => id), pack: card.name }, 'started');
    for (const one of exposuresOf(config, card)) log.warn(one, 'open');
    await together(signal, [
      ...lanes.map(
        ({ dependencies: parts }) =>
          (stop: AbortSignal) =>
            serveLane(parts, stop),
      ),
      ...lanes.flatMap(({ documentCamera: passCamera }) =>
        passCamera === undefined ? [] : [(stop: AbortSignal) => passCamera.watch(stop)],
      ),
      ...lanes.map(
        ({ dependencies: { identity }, bus, counters, visionPid }) =>
          (stop: AbortSignal) =>
            reportHealth(
              {
                bus,
                topics: identity.topics,
                counters,
                read: healthOf(visionPid),
                journal: box.heads.newest,
                clock: systemClock,
              },
              stop,
            ),
      ),
      (stop) =>
        deliver(
          {
            outbox: journal,
            bus: outboxBus,
            onFault: (detail) => log.warn({ detail }, 'events wait in the outbox'),
          },
          stop,
        ),
      (stop) => reportDropped({ config, journal, bus: outboxBus, clock: systemClock, log }, stop),
      (stop) => self.watch(stop),
      (stop) =>
        files.watch(stop, () => {
          end = 'other-database';
          others.abort();
        }),
      (stop) => box.heads.run(stop),
      (stop) => gallery.watch(stop),
      ...(adapting === undefined ? [] : [(stop: AbortSignal) => adapting.run(stop)]),
      ...(follower === undefined ? [] : [(stop: AbortSignal) => follower.run(stop)]),
      ...(releases === undefined ? [] : [(stop: AbortSignal) => releases.run(stop, () => others.abort())]),
      (stop) =>
        serveUpkeep(
          { config, upkeep: openUpkeep(database, backupFolder(config), boxActs), clock: systemClock, log },
          stop,
        ),
      (stop) => site.serve(lanes, stop),
    ]);
    if (told.aborted) end = 'stopped';
    log.info({ end }, end === 'stopped' ? 'stopped' : 'begins again');
    return end;
  } finally {
    await disposers.all();
  }
}
