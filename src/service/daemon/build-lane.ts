/** One lane of the daemon, put together from its configuration. */
import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import { type Decision, evidenceOf } from '../../access/decision.js';
import { decisionId, gateId, laneId, siteId } from '../../base/ids.js';
import { millis } from '../../base/units.js';
import { selfTestRules } from '../../biometrics/encoder-self-test.js';
import type { ModelCard } from '../../biometrics/model-card.js';
import { createGateClient } from '../../gate/gate-client.js';
import { type AnswerTrust, isForged } from '../../gate/protocol/answer-check.js';
import type { SigningKey } from '../../gate/protocol/signature.js';
import { laneTopics } from '../../gate/protocol/topics.js';
import { createRelayClient } from '../../gate/relay-client.js';
import type { DocumentPhotos } from '../../lane/document-photo.js';
import type { GalleryThrough } from '../../lane/gallery-through.js';
import { createLaneCounters, type LaneCounters } from '../../lane/health/counters.js';
import type { FleetStatus, LaneState } from '../../lane/health/lane-state-message.js';
import type { FrameCost, LaneDependencies, LaneNote, LaneOutcome } from '../../lane/lane-dependencies.js';
import type { Log } from '../../platform/log.js';
import { clientIdOf } from '../../platform/mqtt/client-id.js';
import type { Bus } from '../../platform/mqtt/message-bus.js';
import type { BrokerAddress } from '../../platform/mqtt/mqtt-connection.js';
import { connectBus } from '../../platform/mqtt/reconnecting-bus.js';
import { systemClock } from '../../platform/system-clock.js';
import type { Journal } from '../../records/journal/journal.js';
import type { GalleryStore } from '../../records/people/gallery-store.js';
import { superviseVision } from '../../vision/process/supervise-vision.js';
import { schedulesOf } from '../config/access/access-model.js';
import type { Config } from '../config/config-schema.js';
import type { DocumentConfig } from '../config/sections/document-section.js';
import type { LaneConfig } from '../config/sections/lane-section.js';
import { relayProfileOf } from '../config/sections/relay-section.js';
import { rulesOf } from '../setup/configured-rules.js';
import { deviceName } from '../setup/device-name.js';
import { codesFor, exposuresOf } from '../setup/exposures.js';
import { checksLiveness, expectLiveness } from '../setup/lane-liveness.js';
import { visionSettingsOf } from '../setup/lane-vision.js';
import { sandboxPolicyOf } from '../setup/sandbox-policy.js';
import { visionStart } from '../setup/vision-process.js';
import type { Adapting } from './adaptation/serve-adaptation.js';
import type { SiteServices } from './site-services.js';
import type { Takeovers } from './takeovers.js';
import { expectOtherCamera, startLaneDocumentCamera } from './visitor-pass/lane-camera.js';
import { type DocumentCameraWatch, watchDocumentCamera } from './visitor-pass/watch-camera.js';
import type { SelfWatch } from './watch-self.js';

export interface LaneBuildDependencies {
  readonly config: Config;
  readonly card: ModelCard;
  readonly packFolder: string;
  /** Value of CREDENTIALS_DIRECTORY. */
  readonly credentials: string | undefined;
  readonly broker: Omit<BrokerAddress, 'clientId' | 'availability'>;
  readonly key: SigningKey;
  /** By lane: how the answers of its gate are checked. */
  readonly gates: ReadonlyMap<string, AnswerTrust>;
  /** Of this lane: its camera may have a head of its own. */
  readonly gallery: () => GalleryThrough;
  readonly store: GalleryStore;
  /** Absent: lanes do not adapt to their cameras. */
  readonly adapting?: Pick<Adapting, 'gathererOf'>;
  readonly journal: Journal;
  readonly log: Log;
  readonly observer: LaneObserver;
  /** Absent where the gallery does not come from a fleet. */
  readonly fleet?: () => FleetStatus;
  readonly takeovers: Pick<Takeovers, 'note'>;
  readonly self: Pick<SelfWatch, 'faults' | 'progressOf' | 'stateIs'>;
  readonly site: Pick<SiteServices, 'access' | 'orders' | 'passes'>;
  /** Absent: this program's own vision process. */
  readonly startVision?: typeof visionStart | undefined;
}

/** Whoever looks on: the demonstration, the bench, a test. */
export interface LaneObserver {
  readonly onDecision?: (lane: string, decision: Decision, outcome?: LaneOutcome) => void;
  readonly onState?: (lane: string, state: LaneState) => void;
  readonly onFrame?: (lane: string, frame: FrameCost) => void;
  readonly onNote?: (lane: string, note: LaneNote) => void;
}

export interface BuiltLane {
  readonly dependencies: LaneDependencies;
  readonly bus: Bus;
  readonly counters: LaneCounters;
  /** Absent where no second camera looks at passes. */
  readonly documentCamera?: DocumentCameraWatch;
  /** Of the vision process that runs now. */
  readonly visionPid: () => number | undefined;
}

export function buildLane(lane: LaneConfig, around: LaneBuildDependencies): BuiltLane {
  const {
    config,
    card,
    log,
    store,
    journal,
    gallery,
    key,
    observer: watcher,
    self,
    startVision = visionStart,
  } = around;
  const counters = createLaneCounters();
  let visionPid: number | undefined;
  const rules = rulesOf(lane, card, config.access === undefined ? undefined : schedulesOf(config.access));
  expectLiveness(rules, card, `lane "${lane.id}"`);
  const liveness = checksLiveness(rules, card);
  const topics = laneTopics(siteId(config.site), laneId(lane.id));
  const bus = connectBus({
    ...around.broker,
    clientId: clientIdOf(config.site, deviceName(config), lane.id),
    availability: topics.availability,
    onProblem: (detail) => log.warn({ lane: lane.id, detail }, 'broker'),
    onTakenOver: () => around.takeovers.note(lane.id),
  });
  const vision = superviseVision({
    ...startVision({
      dimension: card.encoder.dimension,
      onLine: (line) => log.debug({ lane: lane.id, line }, 'vision'),
      reach: sandboxPolicyOf(config, around.packFolder, lane.camera, around.credentials),
    }),
    setup: {
      ...visionSettingsOf(lane, { ...config.models, packFolder: around.packFolder }),
      source: lane.camera,
      liveness,
    },
    selfTest: selfTestRules(card.encoder.metric, card.calibration),
    clock: systemClock,
  });
  expectOtherCamera(lane, config.lanes);
  const passCamera =
    lane.document_camera === undefined ? undefined : documentCameraFor(lane.id, lane.document_camera, around);
  return {
    bus,
    counters,
    documentCamera: passCamera,
    visionPid: () => visionPid,
    dependencies: {
      rules,
      gallery,
      identity: {
        lane: laneId(lane.id),
        topics,
        direction: lane.direction,
        pulse: millis(lane.pulse_ms),
        device: deviceName(config),
        pack: {
          name: config.models.pack,
          liveness,
          head: config.models.head === undefined ? undefined : basename(config.models.head),
        },
      },
      ports: {
        vision,
        journal,
        bus,
        clock: systemClock,
        newId: () => decisionId(randomUUID()),
        standingOf: (badge) => store.standingOf(badge),
        gate: (listeners) =>
          lane.relay === undefined
            ? createGateClient({
                bus,
                topics: topics.gate,
                place: { site: siteId(config.site), lane: laneId(lane.id), gate: gateId(lane.gate) },
                key,
                trust: around.gates.get(lane.id) ?? { protocol: 2, keys: [] },
                clock: systemClock,
                ...listeners,
              })
            : createRelayClient({
                bus,
                profile: relayProfileOf(lane.relay),
                base: topics.base,
                onProblem: (problem) => listeners.onRelay?.(problem),
              }),
      },
      features: {
        access: around.site.access.laneSide(laneId(lane.id)),
        commands: around.site.orders.commandsOf(laneId(lane.id), vision),
        documents:
          lane.verification !== 'off' && lane.verification.document_photo === 'allowed'
            ? { photos: documentPhotosFor(lane.id, around), camera: passCamera }
            : undefined,
        fleet: around.fleet,
        statistics: around.adapting?.gathererOf(lane.id, gallery),
        publishNames: config.privacy.publish_names,
        open: codesFor(exposuresOf(config, card), lane.id),
        selfTest: true,
        faults: () => [...self.faults(), ...(passCamera?.faults() ?? [])],
        progress: self.progressOf(lane.id),
      },
      observer: {
        onDecision: (decision, outcome) => {
          log.info(lineOf(decision, outcome), 'decision');
          if (outcome?.outcome === 'opened') counters.acknowledged(outcome.latency);
          watcher.onDecision?.(lane.id, decision, outcome);
        },
        onState: (state) => {
          log.info(
            { lane: lane.id, mode: state.mode, camera: state.camera, degraded: state.degraded },
            'state',
          );
          self.stateIs(lane.id, state);
          watcher.onState?.(lane.id, state);
        },
        onNote: (note) => {
          if (note.kind === 'vision-ready') visionPid = note.pid;
          if (note.kind === 'dropped-frames') counters.dropped(note.count);
          log[isAlarm(note) ? 'error' : 'info']({ lane: lane.id, ...note }, 'note');
          watcher.onNote?.(lane.id, note);
        },
        onFrame: (frame) => {
          counters.frame(frame);
          watcher.onFrame?.(lane.id, frame);
        },
      },
    },
  };
}

const documentPhotosFor = (lane: string, { gallery, log, site }: LaneBuildDependencies): DocumentPhotos => ({
  encode: (jpeg, sender) => site.passes.encode(jpeg, { lane, sender }),
  distance: (template, live) => gallery().comparison.between(template, live),
  onFault: (detail) => log.error({ lane, detail }, 'a pass could not be read'),
});

const documentCameraFor = (
  lane: string,
  pass: DocumentConfig,
  around: LaneBuildDependencies,
): DocumentCameraWatch =>
  watchDocumentCamera({
    start: () =>
      startLaneDocumentCamera(pass, {
        ...around,
        dimension: around.card.encoder.dimension,
        onLine: (line) => around.log.debug({ lane, line }, 'pass camera'),
      }),
    onChange: (detail) =>
      detail === undefined
        ? around.log.info({ lane }, 'the camera for passes is there')
        : around.log.error({ lane, detail }, 'the camera for passes is missing'),
  });

const ALARMS: readonly LaneNote['kind'][] = [
  'encoder-self-test-failed',
  'journal-failed',
  'message-failed',
  'gate-contradiction',
  'relay',
  'reader-not-understood',
];
const isAlarm = (note: LaneNote): boolean =>
  ALARMS.includes(note.kind) || (note.kind === 'dropped-message' && isForged(note.reason));

/**
 * Nothing about a person: a log goes where no erasure reaches it. Whom it was about stands in the journal, under the id.
 */
const lineOf = (decision: Decision, outcome: LaneOutcome | undefined) => ({
  ...evidenceOf(decision),
  person: undefined,
  badge: undefined,
  id: decision.id,
  gate: outcome === undefined ? undefined : outcome.outcome,
  picture_to_ack_ms:
    outcome?.outcome === 'opened' && decision.frameAt !== undefined
      ? Math.round(10 * (systemClock.monotonic() - decision.frameAt)) / 10
      : undefined,
});
