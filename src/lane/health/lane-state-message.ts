/** Describes a lane's state, as it is reported and as it is published. */

import type { OperatorMode } from '../../access/policy/model.js';
import type { ModelDigest } from '../../base/ids.js';
import type { WallTime } from '../../base/units.js';
import type { AnswersAre } from '../../gate/gate-client.js';
import type { CameraStatus } from '../../vision/ports/vision.js';
import type { Prompt } from '../../vision/tracking/pad-evidence.js';
import type { Degraded, LaneMode } from './degraded-modes.js';
import type { ReaderFault } from './reader-faults.js';

/** The fleet's gallery and models in use on this device. */
export interface FleetStatus {
  /** Number of the published version; absent before the first one. */
  readonly serial?: number;
  /** When the registrar last signed that it is the newest. */
  readonly signedAt?: WallTime;
  /** Absent where this device takes no releases of models. */
  readonly models?: { readonly release: number; readonly phase: string };
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

interface PackState {
  readonly name: string;
  readonly digest: ModelDigest;
  readonly calibrated: boolean;
  /** A rate that the rules ask for is smaller than any that was measured: the table has it from the tail of its distances. */
  readonly extrapolated?: boolean;
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
}

/** The message on the topic of the state, docs/PROTOCOL.md. */
export const stateMessage = (
  { lane, device }: { readonly lane: string; readonly device?: string },
  { galleryLoadedAt, gallery, pack, ...state }: LaneState,
) => ({
  v: 1,
  lane,
  device,
  mode: state.mode,
  gate: state.gate,
  gate_answers: state.gateAnswers,
  camera: state.camera,
  gallery: {
    version: gallery.version,
    people: gallery.people,
    templates: gallery.templates,
    max_templates: gallery.maxTemplates,
    loaded_at: new Date(galleryLoadedAt).toISOString(),
    published: gallery.published === undefined ? undefined : publishedOf(gallery.published),
  },
  pack: {
    name: pack.name,
    model: pack.digest,
    calibrated: pack.calibrated,
    extrapolated: pack.extrapolated === true ? true : undefined,
    liveness: pack.liveness === true,
    head: pack.head,
  },
  models: gallery.published?.models === undefined ? undefined : modelsOf(gallery.published.models),
  degraded: state.degraded,
  open: state.open,
  readers: state.readers.length === 0 ? undefined : state.readers.map(readerOf),
  operator: state.operator,
  prompt: state.prompt,
});

const readerOf = ({ reader, problem, since }: ReaderFault) => ({
  reader: reader ?? null,
  problem,
  since: new Date(since).toISOString(),
});

const modelsOf = ({ release, phase }: NonNullable<FleetStatus['models']>) => ({ release, rollout: phase });

const publishedOf = ({ serial, signedAt }: FleetStatus) => ({
  serial,
  signed_at: signedAt === undefined ? undefined : new Date(signedAt).toISOString(),
});
