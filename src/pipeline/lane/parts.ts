/** What one lane of core needs from the world, and what it tells. */
import type { BadgeId, DecisionId, LaneId, ModelDigest } from '../../base/ids.js';
import type { Distance, Millis, WallTime } from '../../base/units.js';
import type { OperatorMode } from '../../decision/access/operator-mode.js';
import type { Decision } from '../../decision/decision.js';
import type { HoldReason } from '../../decision/reasons.js';
import type { LaneRules } from '../../decision/rules.js';
import type { BadgeStanding } from '../../gallery/badge-standing.js';
import type { Snapshot } from '../../gallery/snapshot.js';
import type { Direction } from '../../gate/canonical-bytes.js';
import type { PassageMessage } from '../../gate/messages.js';
import type { LaneTopics } from '../../gate/topics.js';
import type { Prompt } from '../../liveness/challenge.js';
import type { Bus } from '../../ports/bus.js';
import type { Clock } from '../../ports/clock.js';
import type { Journal } from '../../ports/journal.js';
import type { TemplateSearch } from '../../ports/search.js';
import type { CameraStatus, PassCamera, Stage, Vision } from '../../ports/vision.js';
import type { CalibrationTable } from '../../siamese/card.js';
import type { RolloutState } from '../../sync/release/progress.js';
import type { AnswersAre, GateClient, GateClientParts, GateOutcome } from '../gate/open-gate.js';
import type { RelayProblem } from '../gate/open-relay.js';
import type { LaneCommands } from '../site/orders.js';
import type { SiteAccess } from '../site/site-access.js';
import type { Degraded, LaneMode } from './health/ladder.js';
import type { ProgressNotes } from './health/watchdog-progress.js';
import type { Gatherer } from './judge/gather.js';
import type { PassPhotos } from './pass-photo.js';
import type { ReaderFault } from './reader-faults.js';

/**
 * Asked about a live trunk vector whose nearest person is close enough.
 * @param isClose whether a distance passes the lane's bound. @returns whether that person is doubted.
 */
export type Doubts = (probe: Float32Array, isClose: (distance: Distance) => boolean) => Promise<boolean>;

/** One moment's gallery, ready to be searched. A new object for each new snapshot. */
export interface LaneGallery {
  readonly snapshot: Snapshot;
  readonly search: TemplateSearch;
  /** A second opinion on whoever is nearest. Absent: the distance alone speaks. */
  readonly doubts?: Doubts;
  /** What its distances mean: they belong together and are swapped together. Absent: nobody is let in by face. */
  readonly calibration?: CalibrationTable;
  /** Name of the head in the place of the configured one. */
  readonly head?: string;
}

/** What is needed to turn a face into a ruling: the same at the gate and over a recording. */
export interface JudgeParts {
  /** Asked before each frame: a swap takes effect between frames. The caller closes what it replaced. */
  readonly gallery: () => LaneGallery;
  readonly rules: LaneRules;
}

/** What of a fleet's gallery is in use here. */
export interface FleetNews {
  /** Number of the published version; absent before the first one. */
  readonly serial?: number;
  /** When the registrar last said that it is the newest. */
  readonly signedAt?: WallTime;
  /** Absent where this box takes no releases of models. */
  readonly models?: Pick<RolloutState, 'release' | 'phase'>;
}

export interface LaneParts extends JudgeParts {
  readonly lane: LaneId;
  /** Name of the box, for whoever watches over many. */
  readonly device?: string;
  /** Absent where the gallery does not come from a fleet. Asked several times a second. */
  readonly fleet?: () => FleetNews;
  readonly topics: LaneTopics;
  readonly direction: Direction;
  /** Whole ms, 100..10000. */
  readonly pulse: Millis;
  readonly pack: {
    readonly name: string;
    readonly liveness?: boolean;
    /** Name of the learned head; absent for the encoder alone. */
    readonly head?: string;
  };
  readonly vision: Vision;
  readonly journal: Journal;
  readonly bus: Bus;
  /** Called once: the lane listens to what the gate says besides its answers. */
  readonly gate: (listeners: Required<GateListeners>) => GateClient;
  /** Whose badge it is, or why it is nobody's. */
  readonly standingOf: (badge: BadgeId) => Promise<BadgeStanding>;
  /** Absent: whoever is recognised may pass. */
  readonly access?: SiteAccess;
  /** Absent: nobody orders anything. */
  readonly commands?: LaneCommands;
  /** Absent: a visitor who is not enrolled is nobody. */
  readonly passPhotos?: PassPhotos;
  /** Looks at the pass where no photograph came with the badge. Absent: only photographs that came are compared. */
  readonly passCamera?: Pick<PassCamera, 'look'>;
  readonly clock: Clock;
  readonly newId: () => DecisionId;
  readonly namesOnWire: boolean;
  /** What is wrong outside of the lane: clock, disk, age of the gallery. Asked several times a second. */
  readonly troubles?: () => readonly Degraded[];
  /** Whether nobody is let in before the vision process's drawn faces have landed where they should. */
  readonly canary?: boolean;
  /** Absent: the lane does not adapt to its camera. */
  readonly gatherer?: Gatherer;
  /** Codes of what is open here by the configuration, for the state. */
  readonly open?: readonly string[];
  /** For the watchdog. */
  readonly progress?: ProgressNotes;
  /** For each refusal when it is decided; for each grant when it is known how it ended. */
  readonly onDecision?: (decision: Decision, outcome?: LaneOutcome) => void;
  /** At the start and at each change. */
  readonly onState?: (state: LaneState) => void;
  readonly onNote?: (note: LaneNote) => void;
  /** For each frame that was judged: the vision process's stages and core's own. */
  readonly onFrame?: (frame: FrameCost) => void;
}

export type GateListeners = Pick<
  GateClientParts,
  'onPassage' | 'onLateAck' | 'onContradiction' | 'onDropped'
> & { readonly onRelay?: (problem: RelayProblem) => void };

/** How a grant ended. Kept apart from the decision: the person was recognised in each case. */
export type LaneOutcome =
  | GateOutcome
  /** Nothing was sent: between the decision and the grant the picture ceased to support it. */
  | { readonly outcome: 'withdrawn'; readonly reason: HoldReason | 'left' | 'stopping' | 'gate-busy' }
  /** Nothing was sent: it could not be written down first. */
  | { readonly outcome: 'journal-failed' };

export interface LaneState {
  /** What works right now. */
  readonly mode: LaneMode;
  readonly gate: 'ready' | 'silent';
  /** What its answers are worth; absent for a relay, which answers nothing. */
  readonly gateAnswers?: AnswersAre;
  readonly camera: CameraStatus | 'restarting';
  readonly gallery: {
    readonly version: number;
    readonly people: number;
    readonly templates: number;
    /** How many templates a face alone can be told among; absent where no face alone is asked for. */
    readonly mostTemplates?: number;
    readonly published?: FleetNews;
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

export interface FrameCost {
  readonly timings: Readonly<Record<Stage, Millis>>;
  /** Search and rules, in core. */
  readonly judging: Millis;
  /** From taking the picture until the verdict. */
  readonly age: Millis;
  readonly skipped: number;
}

/** For the log. */
export type LaneNote =
  | { readonly kind: 'vision-ready'; readonly pid: number; readonly provider: string }
  | { readonly kind: 'vision-restarting'; readonly cause: string }
  | { readonly kind: 'encoder-untrue'; readonly drift?: number }
  | { readonly kind: 'camera'; readonly status: CameraStatus; readonly detail?: string }
  | {
      readonly kind: 'dropped-message';
      readonly topic: string;
      readonly reason: string;
      /** How many of this kind there were since the last note; absent: one. */
      readonly count?: number;
    }
  | {
      readonly kind: 'reader-not-understood';
      readonly reader: string | undefined;
      readonly problem: string;
    }
  /** What a message asked for went wrong; the lane goes on. */
  | {
      readonly kind: 'message-failed';
      readonly topic: string;
      readonly detail: string;
      readonly count: number;
    }
  | {
      readonly kind: 'gate-contradiction';
      readonly grant: string;
      readonly first: string;
      readonly second: string;
    }
  | { readonly kind: 'relay'; readonly problem: RelayProblem }
  | { readonly kind: 'dropped-frames'; readonly count: number }
  | { readonly kind: 'journal-failed'; readonly detail: string }
  | { readonly kind: 'late-ack'; readonly grant: string; readonly result: string; readonly late: Millis }
  | { readonly kind: 'passage'; readonly passage: PassageMessage; readonly verified: boolean }
  | { readonly kind: 'access'; readonly notice: string }
  | { readonly kind: 'interrupted'; readonly decision: string };
