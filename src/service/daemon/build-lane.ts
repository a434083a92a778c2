/** Builds one lane of the daemon from its configuration. */
import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import { decisionId, gateId, type LaneId, laneId, siteId } from '../../base/ids.js';
import { millis } from '../../base/units.js';
import type { Light } from '../../biometrics/conditions/capture-condition.js';
import { selfTestRules } from '../../biometrics/encoder-self-test.js';
import { createGateClient } from '../../gate/gate-client.js';
import { type LaneTopics, laneTopics } from '../../gate/protocol/topics.js';
import { createRelayClient } from '../../gate/relay-client.js';
import type { GalleryThrough } from '../../lane/gallery-through.js';
import type { FleetStatus } from '../../lane/health/fleet-in-use.js';
import { createLaneCounters, type LaneCounters } from '../../lane/health/publish-health.js';
import type { LaneDependencies } from '../../lane/lane-dependencies.js';
import { programVersion } from '../../platform/build-info.js';
import type { Bus } from '../../platform/mqtt/message-bus.js';
import { clientIdOf } from '../../platform/mqtt/mqtt-connection.js';
import { connectBus } from '../../platform/mqtt/reconnecting-bus.js';
import { systemClock } from '../../platform/system-clock.js';
import { superviseVision } from '../../vision/process/supervise-vision.js';
import { logCameraAnswers } from '../cameras/explain-camera.js';
import { schedulesOf } from '../config/access-model.js';
import type { Config } from '../config/config-schema.js';
import { deviceName } from '../config/sections/fleet-section.js';
import type { LaneConfig } from '../config/sections/lane-section.js';
import { relayProfileOf } from '../config/sections/relay-section.js';
import { checksLiveness, expectLiveness, rulesOf } from '../setup/configured-rules.js';
import { codesFor, exposuresOf } from '../setup/exposures.js';
import { sandboxPolicyOf } from '../setup/sandbox-policy.js';
import { visionSettingsOf, visionStart } from '../setup/vision-process.js';
import type { DaemonContext } from './daemon-context.js';
import {
  type DocumentCameraWatch,
  expectOtherCamera,
  startLaneDocumentCamera,
  watchDocumentCamera,
} from './document/lane-camera.js';
import { bothObservers, createLaneReports, type DaemonObserver } from './lane-observer.js';
import { movedFaults, statisticsOf } from './lane-statistics.js';
import type { Recognition } from './open-recognition.js';
import type { Storage } from './open-storage.js';
import type { AdaptationService } from './serve-adaptation.js';
import type { CoreShared } from './serve-core.js';
import type { SiteServices } from './site-services.js';
import type { SelfWatch } from './watch-self.js';

/** What not every site or test has. */
interface OptionalDependencies {
  /** Absent where lanes do not adapt to their cameras. */
  readonly adaptation?: Pick<AdaptationService, 'gathererOf'>;
  /** Lanes whose camera is another one than its templates were captured by; kept by the lanes. Absent: not watched. */
  readonly movedCameras?: Set<LaneId>;
  /** Absent where the gallery does not come from a fleet. */
  readonly fleet?: () => FleetStatus;
  /** Absent: this program's own vision process. */
  readonly startVision?: typeof visionStart | undefined;
}

export interface LaneBuildDependencies extends OptionalDependencies {
  readonly context: Pick<DaemonContext, 'config' | 'credentials' | 'log'>;
  readonly recognition: Pick<Recognition, 'card' | 'packFolder'>;
  readonly storage: Pick<Storage, 'people' | 'journal' | 'secrets'>;
  readonly site: Pick<SiteServices, 'access' | 'commands' | 'documentEncoder'>;
  /** @param lane the lane, whose camera may have a head of its own. */
  readonly gallery: (lane: LaneId, light?: Light) => GalleryThrough;
  /** Receives the lanes' events, and which people need more than the rules. */
  readonly core: CoreShared;
  readonly monitor: LaneMonitor;
  readonly observer: DaemonObserver;
}

/** Declares the health of the daemon itself and what its lanes report to it. */
interface LaneMonitor extends Pick<SelfWatch, 'faults' | 'progressOf' | 'stateIs'> {
  /** @param connection the connection that another client ended by connecting to the broker with the same client id. */
  connectionTakenOver(connection: string): void;
}

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
  const documentCamera = documentCameraOf(lane, dependencies);
  const counters = createLaneCounters();
  const gallery = (light?: Light) => dependencies.gallery(id, light);
  const { visionPid, observer } = createLaneReports(lane.id, {
    log,
    counters,
    observer: bothObservers(
      { onDecision: (_, decision) => watch.evidence?.decided(decision) },
      dependencies.observer,
    ),
    onState: (state) => monitor.stateIs(lane.id, state),
  });
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
        vision,
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

const faultsAt =
  (
    lane: LaneId,
    documentCamera: DocumentCameraWatch | undefined,
    { monitor, movedCameras }: LaneBuildDependencies,
  ): NonNullable<NonNullable<LaneDependencies['features']>['faults']> =>
  () => [...monitor.faults(), ...(documentCamera?.faults() ?? []), ...movedFaults(lane, movedCameras)];

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

function connectLane(
  lane: LaneConfig,
  topics: LaneTopics,
  { context: { config, log }, storage: { secrets }, monitor }: LaneBuildDependencies,
): Bus {
  return connectBus({
    ...secrets.broker,
    clientId: clientIdOf(config.site, deviceName(config), lane.id),
    availability: topics.availability,
    onProblem: (detail) => log.warn({ lane: lane.id, detail }, 'broker'),
    onTakenOver: () => monitor.connectionTakenOver(lane.id),
  });
}

function laneVision(
  lane: LaneConfig,
  liveness: boolean,
  { context, recognition, startVision = visionStart }: LaneBuildDependencies,
): ReturnType<typeof superviseVision> {
  const { config, credentials, log } = context;
  const { card, packFolder } = recognition;
  return superviseVision({
    ...startVision({
      dimension: card.encoder.dimension,
      onLine: (line) => log.debug({ lane: lane.id, line }, 'vision'),
      reach: sandboxPolicyOf(config, packFolder, lane.camera, credentials),
    }),
    setup: {
      ...visionSettingsOf(lane, { ...config.models, packFolder }),
      source: lane.camera,
      liveness,
    },
    selfTest: selfTestRules(card.encoder.metric, card.calibration),
    clock: systemClock,
  });
}

interface LaneConnection {
  readonly topics: LaneTopics;
  readonly bus: Bus;
  /** Aborts when the connection is closed. */
  readonly closing: AbortSignal;
}

/** Returns the gate that answers with signed messages, or the relay where the lane has one. */
function gateOf(
  lane: LaneConfig,
  { topics, bus, closing }: LaneConnection,
  { context: { config }, storage: { secrets } }: LaneBuildDependencies,
): LaneDependencies['ports']['gate'] {
  const { relay } = lane;
  if (relay !== undefined)
    return (listeners) =>
      createRelayClient(
        {
          bus,
          profile: relayProfileOf(relay),
          base: topics.base,
          onProblem: (problem) => listeners.onRelay?.(problem),
        },
        closing,
      );
  return (listeners) =>
    createGateClient({
      bus,
      topics: topics.gate,
      place: { site: siteId(config.site), lane: laneId(lane.id), gate: gateId(lane.gate) },
      key: secrets.grantKey,
      trust: secrets.gates.get(lane.id) ?? { protocol: 2, keys: [] },
      clock: systemClock,
      ...listeners,
    });
}

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
