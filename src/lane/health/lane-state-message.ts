/** What a lane says of itself. */

import type { OperatorMode } from '../../access/policy/operator-mode.js';
import type { ModelDigest } from '../../base/ids.js';
import type { WallTime } from '../../base/units.js';
import type { AnswersAre } from '../../gate/gate-client.js';
import type { Prompt } from '../../vision/pad/liveness-prompt.js';
import type { CameraStatus } from '../../vision/ports/vision.js';
import type { Degraded, LaneMode } from './degraded-modes.js';
import type { ReaderFault } from './reader-faults.js';

/** What of a fleet's gallery is in use here. */
export interface FleetStatus {
  /** Number of the published version; absent before the first one. */
  readonly serial?: number;
  /** When the registrar last said that it is the newest. */
  readonly signedAt?: WallTime;
  /** Absent where this box takes no releases of models. */
  readonly models?: { readonly release: number; readonly phase: string };
}

export interface PackInUse {
  readonly name: string;
  readonly liveness?: boolean;
  /** Name of the learned head; absent for the encoder alone. */
  readonly head?: string;
}

export interface LaneState {
  /** What works right now. */
  readonly mode: LaneMode;
  readonly gate: 'ready' | 'offline';
  /** What its answers are worth; absent for a relay, which answers nothing. */
  readonly gateAnswers?: AnswersAre;
  readonly camera: CameraStatus | 'restarting';
  readonly gallery: {
    readonly version: number;
    readonly people: number;
    readonly templates: number;
    /** How many templates a face alone can be told among; absent where no face alone is asked for. */
    readonly maxTemplates?: number;
    readonly published?: FleetStatus;
  };
  /** When this version was loaded, ms since 1970-01-01 UTC. */
  readonly galleryLoadedAt: number;
  readonly pack: {
    readonly name: string;
    readonly digest: ModelDigest;
    readonly calibrated: boolean;
    /** A rate that the rules ask for is smaller than any that was measured: the table has it from the tail of its distances. */
    readonly extrapolated?: boolean;
    /** Whether faces are judged for liveness. */
    readonly liveness?: boolean;
    readonly head?: string;
  };
  readonly degraded: readonly Degraded[];
  /** What lets people in whom it should not, by the configuration: codes of docs/PROTOCOL.md. */
  readonly open: readonly string[];
  /** Readers whose messages cannot be used, and why. */
  readonly readers: readonly ReaderFault[];
  /** What an operator ordered; absent when nothing. */
  readonly operator?: Exclude<OperatorMode, 'normal'>;
  /** What a display may ask of whoever stands there. */
  readonly prompt?: Prompt;
}
