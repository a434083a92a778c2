/** Builds one lane of the daemon from its configuration. */
import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import { decisionId, type LaneId, laneId, siteId } from '../../base/ids.js';
import { millis } from '../../base/units.js';
import type { Light } from '../../biometrics/conditions/capture-condition.js';
import { type LaneTopics, laneTopics } from '../../gate/protocol/topics.js';
import type { GalleryThrough } from '../../lane/gallery-through.js';
import { createLaneCounters, type LaneCounters } from '../../lane/health/publish-health.js';
import type { LaneDependencies } from '../../lane/lane-dependencies.js';
import { programVersion } from '../../platform/build-info.js';
import type { Bus } from '../../platform/mqtt/message-bus.js';
import { systemClock } from '../../platform/system-clock.js';
import { logCameraAnswers } from '../cameras/explain-camera.js';
import { schedulesOf } from '../config/access-model.js';
import type { Config } from '../config/config-schema.js';
import { deviceName } from '../config/sections/fleet-section.js';
import type { LaneConfig } from '../config/sections/lane-section.js';
import { checksLiveness, expectLiveness, rulesOf } from '../setup/configured-rules.js';
import { codesFor, exposuresOf } from '../setup/exposures.js';
import {
  type DocumentCameraWatch,
  expectOtherCamera,
  startLaneDocumentCamera,
  watchDocumentCamera,
} from './document/lane-camera.js';
import { bothObservers, createLaneReports, type DaemonObserver, type LaneReports } from './lane-observer.js';
import { connectLane, gateOf, type LaneBuildDependencies, laneVision } from './lane-ports.js';
import { movedFaults, statisticsOf } from './lane-statistics.js';

export interface BuiltLane {
  readonly dependencies: LaneDependencies;
  readonly bus: Bus;
  readonly counters: LaneCounters;
  /** Absent where no second camera films documents. */
  readonly documentCamera?: DocumentCameraWatch;
  /** Process id of the vision process that runs now. */
  readonly visionPid: () => number | undefined;
  /** Ends the supervision of a relay and closes the connection. */
  close(): Promise<void>;
}

/** @throws TwinstileError 'config-invalid' where lane, model pack and cameras do not fit together. */
export function buildLane(lane: LaneConfig, dependencies: LaneBuildDependencies): BuiltLane {
  const { config, log } = dependencies.context;
  const { card } = dependencies.recognition;
  const { people, journal } = dependencies.storage;
  const { site, monitor } = dependencies;
  const id = laneId(lane.id);
  const rules = rulesOf(lane, card, config.access === undefined ? undefined : schedulesOf(config.access));
  expectLiveness(rules, card, `lane "${lane.id}"`);
  expectOtherCamera(lane, config.lanes);
  const liveness = checksLiveness(rules, card);
  const topics = laneTopics(siteId(config.site), id);
  const bus = connectLane(lane, topics, dependencies);
  const closing = new AbortController();
  const watch = dependencies.core.watches.of(id);
  watch.listen(logCameraAnswers(lane, log, systemClock));
  const vision = watch.tapped(laneVision(lane, liveness, dependencies));
  dependencies.core.views.add(id, vision);
  const documentCamera = documentCameraOf(lane, dependencies);
  const counters = createLaneCounters();
  const gallery = (light?: Light) => dependencies.gallery(id, light);
  const { visionPid, observer } = reportsOf(lane, counters, dependencies);
  return {
    bus,
    counters,
    documentCamera,
    visionPid,
    close() {
      closing.abort();
      return bus.close();
    },
    dependencies: {
      rules,
      gallery,
      limitOf: dependencies.core.disputes.limitOf(id),
      evidence: watch.evidence,
      identity: identityOf(lane, topics, config, liveness),
      ports: {
        vision: { ...vision, isWatched: () => dependencies.core.views.isWatched(id) },
        journal,
        bus,
        clock: systemClock,
        newId: () => decisionId(randomUUID()),
        standingOf: (badge) => people.standingOf(badge),
        gate: gateOf(lane, { topics, bus, closing: closing.signal }, dependencies),
      },
      features: {
        access: site.access.laneSide(id),
        commands: site.commands.commandsOf(id, vision),
        documents: documentsOf(lane, gallery, documentCamera, dependencies),
        fleet: dependencies.fleet,
        statistics: statisticsOf(id, gallery, { config, log, ...dependencies }),
        publishNames: config.privacy.publish_names,
        open: codesFor(exposuresOf(config, card), lane.id),
        selfTest: true,
        faults: faultsAt(id, documentCamera, dependencies),
        progress: monitor.progressOf(lane.id),
      },
      observer,
    },
  };
}

/** Passes on what a lane reports to its monitor, its evidence, and the clients of core's socket. */
function reportsOf(
  { id }: LaneConfig,
  counters: LaneCounters,
  { context: { log }, core: { watches, feed }, monitor, observer }: LaneBuildDependencies,
): LaneReports {
  const { evidence } = watches.of(laneId(id));
  const own: DaemonObserver = {
    onDecision: (_, decision) => {
      evidence?.decided(decision);
      feed.wake();
    },
    onNote: () => feed.wake(),
  };
  return createLaneReports(id, {
    log,
    counters,
    observer: bothObservers(own, observer),
    onState: (state, message) => {
      monitor.stateIs(id, state);
      feed.stateIs(id, message);
    },
  });
}

const faultsAt =
  (
    lane: LaneId,
    documentCamera: DocumentCameraWatch | undefined,
    { monitor, cameras }: LaneBuildDependencies,
  ): NonNullable<NonNullable<LaneDependencies['features']>['faults']> =>
  () => [...monitor.faults(), ...(documentCamera?.faults() ?? []), ...movedFaults(lane, cameras?.moved)];

const identityOf = (
  lane: LaneConfig,
  topics: LaneTopics,
  config: Config,
  liveness: boolean,
): LaneDependencies['identity'] => ({
  lane: laneId(lane.id),
  topics,
  direction: lane.direction,
  pulse: millis(lane.pulse_ms),
  device: deviceName(config),
  program: { version: programVersion(), node: process.versions.node },
  pack: {
    name: config.models.pack,
    liveness,
    head: config.models.head === undefined ? undefined : basename(config.models.head),
  },
});

/** Returns nothing where the lane compares no photographs that come with a badge. */
function documentsOf(
  lane: LaneConfig,
  gallery: () => GalleryThrough,
  camera: DocumentCameraWatch | undefined,
  { context: { log }, site }: LaneBuildDependencies,
): NonNullable<LaneDependencies['features']>['documents'] {
  if (lane.verification === 'off' || lane.verification.document_photo !== 'allowed') return undefined;
  return {
    camera,
    photos: {
      encode: (jpeg, sender) => site.documentEncoder.encode(jpeg, { lane: lane.id, sender }),
      distance: (photo, live) => gallery().photoDistance(photo, live),
      onFault: (detail) => log.error({ lane: lane.id, detail }, 'a pass could not be read'),
    },
  };
}

function documentCameraOf(
  { id: lane, document_camera: document }: LaneConfig,
  { context, recognition }: LaneBuildDependencies,
): DocumentCameraWatch | undefined {
  if (document === undefined) return undefined;
  const { config, credentials, log } = context;
  return watchDocumentCamera({
    start: () =>
      startLaneDocumentCamera(document, {
        config,
        packFolder: recognition.packFolder,
        credentials,
        dimension: recognition.card.encoder.dimension,
        onLine: (line) => log.debug({ lane, line }, 'pass camera'),
      }),
    onChange: (detail) =>
      detail === undefined
        ? log.info({ lane }, 'the camera for passes is there')
        : log.error({ lane, detail }, 'the camera for passes is missing'),
  });
}
