/**
 * Runs the whole box: storage, recognition, site, lanes. Starts them in order and stops them in reverse, each
 * step with a time limit.
 */

import { createDisposerStack, together } from '../../base/task-group.js';
import { reportHealth } from '../../lane/health/publish-health.js';
import type { LiveGallery } from '../../lane/live-gallery.js';
import { runLane } from '../../lane/run-lane.js';
import { freeSpace } from '../../platform/folders.js';
import { type EventLoopWatch, watchEventLoop } from '../../platform/health.js';
import type { Bus } from '../../platform/mqtt/message-bus.js';
import { sinceBoot, systemClock } from '../../platform/system-clock.js';
import { openNotifier } from '../../platform/systemd-notify.js';
import { isTimeSynchronised, RELEASED } from '../../platform/time-sync.js';
import { openUpkeep } from '../../records/erasure/sqlite-upkeep.js';
import { deliver } from '../../records/journal/deliver.js';
import { exposuresOf } from '../setup/exposures.js';
import { boxActs } from '../setup/local-acts.js';
import { backupFolder } from '../setup/open-gallery.js';
import { type BuiltLane, buildLane } from './build-lane.js';
import { type CameraKnowledge, openCameraKnowledge } from './camera-knowledge.js';
import {
  contextOf,
  createRestart,
  type DaemonContext,
  type DaemonDependencies,
  type DaemonEnd,
  faultsOf,
  type Restart,
  type Service,
} from './daemon-context.js';
import { laneCameras } from './lane-cameras.js';
import { bothObservers, shareHealth } from './lane-observer.js';
import type { LaneBuildDependencies } from './lane-ports.js';
import {
  galleryService,
  loadGallery,
  logGallerySize,
  openRecognition,
  type Recognition,
} from './open-recognition.js';
import { createDatabaseWatch, openStorage, type Storage } from './open-storage.js';
import { openAdaptationService, openFleet, openRollout } from './optional-services.js';
import { connectOutbox, reportDropped, watchTakeovers } from './outbox-connection.js';
import type { AdaptationService } from './serve-adaptation.js';
import { type Core, createCore, openCoreShared } from './serve-core.js';
import { serveUpkeep } from './serve-upkeep.js';
import { openSite, type SiteServices } from './site-services.js';
import { createSelfWatch, type SelfWatch } from './watch-self.js';

/**
 * Runs until the signal aborts, or until it has to restart with other models or another database.
 * @throws TwinstileError when something that is required at the start is missing or broken.
 */
export async function runDaemon(dependencies: DaemonDependencies, stop: AbortSignal): Promise<DaemonEnd> {
  const { log } = dependencies;
  const disposers = createDisposerStack((step, detail) => log.warn({ step, detail }, 'stop'));
  const context = contextOf(dependencies, disposers);
  const restart = createRestart(stop);
  try {
    const services = await openServices(dependencies, context, restart);
    await together(
      restart.signal,
      services.flatMap(({ run }) => run ?? []),
    );
    const end = restart.end();
    log.info({ end }, end === 'stopped' ? 'stopped' : 'begins again');
    return end;
  } finally {
    await disposers.all();
  }
}

/** Opens everything in order. @returns what runs concurrently, lanes first. */
async function openServices(
  { models, isDatabaseOther = false, observer = {}, reread, startVision }: DaemonDependencies,
  context: DaemonContext,
  restart: Restart,
): Promise<readonly Service[]> {
  const recognition = await openRecognition(context, models);
  const storage = await openStorage(context, isDatabaseOther);
  const adaptation = openAdaptationService(context, storage, recognition);
  const cameras = await openCameraKnowledge(context, storage, recognition);
  let site: SiteServices | undefined;
  const { gallery, core } = await openGalleryAndCore(
    { context, storage, recognition, adaptation, cameras },
    () => site,
  );
  const takeovers = watchTakeovers(systemClock, context.log);
  const outbox = context.disposers.add(
    'outbox connection',
    connectOutbox(context.config, storage.secrets.broker, { log: context.log, takeovers }),
  );
  const fleet = await openFleet(context, storage, gallery, outbox);
  const rollout = await openRollout(context, storage, restart, models?.released);
  logGallerySize(context, gallery, recognition);
  const self = openSelfWatch(context, restart);
  site = context.disposers.add(
    'access',
    await openSite({
      context,
      storage,
      recognition,
      gallery: gallery.current,
      reload: { reread, whileReloading: self.whileReloading },
      pull: fleet?.pull,
      dispute: core.services.dispute,
    }),
  );
  const background = [
    eventDelivery(storage, outbox, context),
    droppedEventReport(storage, outbox, context),
    self,
    takeovers,
    storage.service,
    databaseWatch(storage, restart, context),
    galleryService(gallery),
    core.service,
    adaptation,
    fleet,
    rollout,
    upkeep(storage, context),
  ].filter((service): service is Service => service !== undefined);
  const eventLoop = openEventLoopWatch(context);
  const lanes = buildLanes(
    {
      context,
      recognition,
      storage,
      site,
      gallery: gallery.current,
      core: core.shared,
      adaptation,
      cameras,
      fleet: fleet && (() => ({ ...fleet.status(), models: rollout?.state() })),
      monitor: { ...self, faults: faultsOf(background), connectionTakenOver: takeovers.note },
      observer: rollout === undefined ? observer : bothObservers(rollout.observer, observer),
      startVision,
    },
    context,
  );
  logStart(context, recognition);
  return [...laneServices(lanes, eventLoop, storage, context), ...background, siteService(site, lanes)];
}

interface Opened {
  readonly context: DaemonContext;
  readonly storage: Storage;
  readonly recognition: Recognition;
  readonly adaptation: AdaptationService | undefined;
  readonly cameras: CameraKnowledge;
}

/** @param site undefined until it is opened. */
async function openGalleryAndCore(
  { context, storage, recognition, adaptation, cameras }: Opened,
  site: () => SiteServices | undefined,
): Promise<{ readonly gallery: LiveGallery; readonly core: Core }> {
  const shared = openCoreShared(context, storage);
  const gallery = await loadGallery(
    context,
    {
      store: storage.people,
      comparison: recognition.comparison,
      lanes: adaptation?.heads,
      rowsAside: shared.disputes.rowsAside,
      cameras: laneCameras({
        config: context.config,
        passagesOf: async (lane) => adaptation?.passagesOf(lane),
        moved: () => cameras.moved,
        met: cameras.met,
      }),
    },
    () => {
      const { people } = gallery.current().snapshot;
      shared.watches.forget((person) => !people.has(person));
      site()?.renewed();
    },
  );
  const access = () => site()?.access;
  return {
    gallery,
    core: createCore({ context, storage, recognition, gallery, shared, access, met: cameras.met }),
  };
}

function openSelfWatch({ config, log, env }: DaemonContext, restart: Restart): SelfWatch {
  const notifier = openNotifier({
    env,
    pid: process.pid,
    onFault: (detail) => log.warn({ detail }, 'systemd cannot be told'),
  });
  return createSelfWatch({
    lanes: config.lanes.map(({ id }) => id),
    clock: systemClock,
    log,
    released: RELEASED,
    sinceBoot,
    isTimeSynchronised,
    freeSpace: () => freeSpace(config.data_dir),
    notifier: {
      ...notifier,
      // A restart within this process does not count as a stop.
      stopping: () => (restart.isRequested() ? notifier.reloading() : notifier.stopping()),
    },
  });
}

function openEventLoopWatch({ disposers }: DaemonContext): EventLoopWatch {
  const loop = watchEventLoop();
  disposers.add('event loop watch', { close: async () => loop.close() });
  return loop;
}

/** Each connection is also closed when a later lane cannot be built. */
function buildLanes(dependencies: LaneBuildDependencies, { disposers }: DaemonContext): readonly BuiltLane[] {
  return dependencies.context.config.lanes.map((lane) => {
    const built = buildLane(lane, dependencies);
    disposers.add('lane connection', built);
    return built;
  });
}

function laneServices(
  lanes: readonly BuiltLane[],
  loop: EventLoopWatch,
  { heads }: Storage,
  { config }: DaemonContext,
): readonly Service[] {
  const healthOf = shareHealth({
    folder: config.data_dir,
    loop,
    clock: systemClock,
    pids: () => lanes.flatMap(({ visionPid }) => visionPid() ?? []),
  });
  return [
    ...lanes.map(({ dependencies }): Service => ({ run: (signal) => runLane(dependencies, signal) })),
    ...lanes.flatMap(({ documentCamera }) => documentCamera ?? []),
    ...lanes.map(
      ({ dependencies: { identity }, bus, counters, visionPid }): Service => ({
        run: (signal) =>
          reportHealth(
            {
              bus,
              topics: identity.topics,
              counters,
              read: healthOf(visionPid),
              journal: heads.newest,
              clock: systemClock,
            },
            signal,
          ),
      }),
    ),
  ];
}

/** Sends the outbox to the broker. */
const eventDelivery = ({ journal }: Storage, bus: Bus, { log }: DaemonContext): Service => ({
  run: (signal) =>
    deliver(
      { outbox: journal, bus, onFault: (detail) => log.warn({ detail }, 'events wait in the outbox') },
      signal,
    ),
});

const droppedEventReport = ({ journal }: Storage, bus: Bus, { config, log }: DaemonContext): Service => ({
  run: (signal) => reportDropped({ config, journal, bus, clock: systemClock, log }, signal),
});

const databaseWatch = ({ database }: Storage, restart: Restart, { log }: DaemonContext): Service =>
  createDatabaseWatch({ database, log, onReplaced: () => restart.request('other-database') });

/** Deletes what exceeds its retention, and makes backups. */
const upkeep = ({ database }: Storage, { config, log }: DaemonContext): Service => ({
  run: (signal) =>
    serveUpkeep(
      { config, upkeep: openUpkeep(database, backupFolder(config), boxActs), clock: systemClock, log },
      signal,
    ),
});

const siteService = (site: SiteServices, lanes: readonly BuiltLane[]): Service => ({
  run: (signal) => site.serve(lanes, signal),
});

/** Also logs the exposures of the configuration. */
function logStart({ config, log }: DaemonContext, { card }: Recognition): void {
  log.info({ site: config.site, lanes: config.lanes.map(({ id }) => id), pack: card.name }, 'started');
  for (const exposure of exposuresOf(config, card)) log.warn(exposure, 'open');
}
