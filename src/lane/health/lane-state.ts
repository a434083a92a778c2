/** What works right now, and why something does not. */
import type { Capacity } from '../../access/fmr-bound.js';
import type { LaneRules, LivenessMode } from '../../access/lane-rules.js';
import type { Asked } from '../../access/policy/credentials.js';
import type { OperatorMode } from '../../access/policy/model.js';
import type { ModelDigest } from '../../base/ids.js';
import type { WallTime } from '../../base/units.js';
import type { PromiseStanding } from '../../biometrics/statistics/site-promise.js';
import type { AnswersAre } from '../../gate/gate-client.js';
import type { GallerySnapshot } from '../../records/people/gallery-store.js';
import type { CameraStatus } from '../../vision/ports/vision.js';
import type { Prompt } from '../../vision/tracking/pad-evidence.js';
import { type Degraded, enforcedAmong, type LaneMode, modeLeft, type Offers } from './degraded-modes.js';
import type { FleetStatus } from './fleet-in-use.js';
import type { GateLight } from './gate-light.js';
import type { ReaderFault } from './reader-faults.js';
import type { EncoderTrust } from './vision-trust.js';

/** A fleet sees by them which box lacks a fix. */
export interface ProgramVersions {
  /** "0.1.0". */
  readonly version: string;
  /** Of Node.js, "24.22.3". */
  readonly node: string;
}

export interface PackInUse {
  readonly name: string;
  readonly liveness?: boolean;
  /** Name of the learned head; absent for the encoder alone. */
  readonly head?: string;
}

interface GateState {
  readonly gate: 'ready' | 'offline';
  /** Whether its answers are proven; absent for a relay, which answers nothing. */
  readonly gateAnswers?: AnswersAre;
}

interface GalleryState {
  readonly gallery: {
    readonly version: number;
    readonly people: number;
    readonly templates: number;
    /** Largest number of templates for identification by face alone; absent where no face alone is required. */
    readonly maxTemplates?: number;
    readonly published?: FleetStatus;
  };
  /** When this version was loaded, ms since 1970-01-01 UTC. */
  readonly galleryLoadedAt: number;
}

/** What a lane's promises rest on, for each way of being let in that it offers. */
export interface LanePromise {
  readonly identification?: PromiseStanding;
  readonly verification?: PromiseStanding;
  /** People of whom the centre of the lane's camera is made; 0: faces are compared as the encoder shows them. */
  readonly centrePeople: number;
  /** Pairs of the site's own people by which the table was examined. */
  readonly pairs: number;
}

interface PackState {
  readonly name: string;
  readonly digest: ModelDigest;
  readonly calibrated: boolean;
  /** A rate that the rules ask for is smaller than any that was measured: the table has it from the tail of its distances. */
  readonly extrapolated?: boolean;
  /** What the rates that the rules ask for rest on here; absent where that is not known. */
  readonly promise?: LanePromise;
  /** Whether the pack has a PAD model. */
  readonly liveness?: boolean;
  readonly head?: string;
}

export interface LaneState extends GateState, GalleryState {
  /** What works right now. */
  readonly mode: LaneMode;
  readonly camera: CameraStatus | 'restarting';
  readonly pack: PackState;
  readonly degraded: readonly Degraded[];
  /** What the configuration leaves open that should not be: codes of docs/PROTOCOL.md. */
  readonly open: readonly string[];
  /** Readers whose messages cannot be used, and why. */
  readonly readers: readonly ReaderFault[];
  /** What an operator commanded; absent when nothing. */
  readonly operator?: Exclude<OperatorMode, 'normal'>;
  /** What a display may ask of the person at the gate. */
  readonly prompt?: Prompt;
  /** Of the faces that were at the gate lately; absent when there was none. */
  readonly light?: GateLight;
  /** A person watches the lane's live picture. */
  readonly watched?: boolean;
}

export interface LinkInput {
  readonly brokerConnected: boolean;
  readonly gateAlive: boolean;
  /** Whether its answers are proven; absent for a relay. */
  readonly gateAnswers?: AnswersAre | undefined;
  readonly relayStaysOn?: boolean;
  readonly journalWorks: boolean;
}

export interface VisionInput {
  readonly camera: CameraStatus | 'restarting';
  readonly encoder?: EncoderTrust;
  readonly visionFailing?: boolean;
  readonly prompt?: Prompt;
  /** Absent when no face was at the gate lately. */
  readonly light?: GateLight;
  readonly watched?: boolean;
}

export interface GalleryInput {
  readonly gallery: GallerySnapshot;
  readonly galleryLoadedAt: WallTime;
  readonly calibrated: boolean;
  /** Whether a rate that the rules ask for is smaller than any that was measured. */
  readonly extrapolated?: boolean;
  /** What the rates that the rules ask for rest on here. */
  readonly promise?: LanePromise;
  readonly pack: PackInUse;
  readonly published?: FleetStatus;
  /** Absent where no face alone is asked for. */
  readonly capacity?: Capacity;
}

export interface PolicyInput {
  readonly rules: LaneRules;
  /** What is asked for of a face alone now; absent where none is asked for. */
  readonly padRequired?: LivenessMode;
  /** What the access rules ask for now; absent: what the lane's own rules do. */
  readonly asked?: Asked;
  readonly badgeAlone?: boolean;
  /** Faces are compared with document photographs, too. */
  readonly passes?: boolean;
  readonly operator?: OperatorMode;
  /** By the configuration. */
  readonly open?: readonly string[];
}

export interface LaneStateInput extends LinkInput, VisionInput, GalleryInput, PolicyInput {
  readonly readers?: readonly ReaderFault[];
  /** From outside of the lane. */
  readonly faults?: readonly Degraded[];
}

/** Pure. */
export function stateOf(facts: LaneStateInput): LaneState {
  const { camera, gallery, pack, calibrated, gateAlive, capacity, operator = 'normal' } = facts;
  const templates = gallery.owners.length;
  const degraded = causesOf(facts);
  return {
    mode: operator === 'lockdown' ? 'closed' : modeLeft(degraded, offersNow(facts)),
    gate: gateAlive ? 'ready' : 'offline',
    gateAnswers: facts.gateAnswers,
    camera,
    gallery: {
      version: gallery.version,
      people: gallery.people.size,
      templates,
      maxTemplates: capacity?.maxTemplates,
      published: facts.published,
    },
    galleryLoadedAt: facts.galleryLoadedAt,
    pack: {
      ...pack,
      digest: gallery.digest,
      calibrated,
      extrapolated: facts.extrapolated === true ? true : undefined,
      promise: facts.promise,
    },
    degraded,
    open: facts.open ?? [],
    readers: facts.readers ?? [],
    operator: operator === 'normal' ? undefined : operator,
    prompt: facts.prompt,
    light: facts.light,
    watched: facts.watched === true ? true : undefined,
  };
}

/** Pure. What may be decided on: the steps that nothing else enforces. */
export const modeEnforced = (facts: LaneStateInput): LaneMode =>
  modeLeft(enforcedAmong(causesOf(facts)), offersOf(facts));

const offersOf = ({ rules, badgeAlone = false, passes }: LaneStateInput): Offers =>
  passes === true ? { rules, badgeAlone, passes } : { rules, badgeAlone };

/**
 * Lists the credentials accepted now: no face alone opens where the access rules require more, and no face is awaited after a
 * badge that opens alone.
 */
function offersNow(facts: LaneStateInput): Offers {
  const { identification, verification } = facts.rules;
  const { asked, badgeAlone = false } = facts;
  return {
    ...offersOf(facts),
    rules: {
      identification: identification === undefined || asked?.faceAlone === false ? undefined : identification,
      verification: verification === undefined || badgeAlone ? undefined : verification,
    },
  };
}

function causesOf(facts: LaneStateInput): readonly Degraded[] {
  const { camera, capacity, encoder = 'unasked', faults: troubles = [] } = facts;
  const templates = facts.gallery.owners.length;
  const looksAlive = camera !== 'opening' && camera !== 'restarting';
  const when = (isSo: boolean, cause: Degraded): readonly Degraded[] => (isSo ? [cause] : []);
  return [
    ...when(camera !== 'live' && camera !== 'restarting', 'camera-not-live'),
    ...when(camera === 'restarting', 'vision-restarting'),
    ...when(facts.visionFailing === true, 'vision-failing'),
    // A process that is only just starting is no liar; it cannot be seen by anyway.
    ...when(encoder === 'untrue' || (encoder === 'untested' && looksAlive), 'encoder-self-test-failed'),
    ...when(facts.padRequired === 'require' && facts.pack.liveness === false, 'pad-model-missing'),
    ...when(!facts.brokerConnected, 'broker-disconnected'),
    ...when(!facts.gateAlive, 'gate-offline'),
    ...when(facts.gateAlive && facts.gateAnswers === 'unproven', 'gate-unproven'),
    ...when(facts.relayStaysOn === true, 'relay-stays-on'),
    ...when(!facts.calibrated, 'pack-uncalibrated'),
    ...when(templates === 0, 'gallery-empty'),
    ...when(capacity !== undefined && templates > capacity.maxTemplates, 'gallery-too-large'),
    ...when(facts.light?.isTooLow === true, 'light-too-low'),
    ...when(!facts.journalWorks, 'journal-failing'),
    ...troubles,
  ];
}
