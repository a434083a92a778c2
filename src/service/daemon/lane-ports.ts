/** Declares what a lane of the daemon is built of, and connects it with the broker, its vision process, its gate or relay. */

import type { LaneId } from '../../base/ids.js';
import { gateId, laneId, siteId } from '../../base/ids.js';
import type { Light } from '../../biometrics/conditions/capture-condition.js';
import { selfTestRules } from '../../biometrics/encoder-self-test.js';
import { createGateClient } from '../../gate/gate-client.js';
import type { LaneTopics } from '../../gate/protocol/topics.js';
import { createRelayClient } from '../../gate/relay-client.js';
import type { GalleryThrough } from '../../lane/gallery-through.js';
import type { FleetStatus } from '../../lane/health/fleet-in-use.js';
import type { LaneDependencies } from '../../lane/lane-dependencies.js';
import type { Bus } from '../../platform/mqtt/message-bus.js';
import { clientIdOf } from '../../platform/mqtt/mqtt-connection.js';
import { connectBus } from '../../platform/mqtt/reconnecting-bus.js';
import { systemClock } from '../../platform/system-clock.js';
import { superviseVision } from '../../vision/process/supervise-vision.js';
import { deviceName } from '../config/sections/fleet-section.js';
import type { LaneConfig } from '../config/sections/lane-section.js';
import { relayProfileOf } from '../config/sections/relay-section.js';
import { sandboxPolicyOf } from '../setup/sandbox-policy.js';
import { visionSettingsOf, visionStart } from '../setup/vision-process.js';
import type { CameraKnowledge } from './camera-knowledge.js';
import type { DaemonContext } from './daemon-context.js';
import type { DaemonObserver } from './lane-observer.js';
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
  /** What the lanes learn of their cameras. Absent: these are not watched. */
  readonly cameras?: CameraKnowledge;
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

export function connectLane(
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

export function laneVision(
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
export function gateOf(
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
