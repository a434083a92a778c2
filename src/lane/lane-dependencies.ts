/** What one lane of core needs from the world, and what it tells. */

import type { Decision } from '../access/decision.js';
import type { PendingReason } from '../access/decision-reasons.js';
import type { SiteAccess } from '../access/policy/lane-access-port.js';
import type { Clock } from '../base/clock.js';
import type { BadgeId, DecisionId, LaneId, PersonId, TrackId } from '../base/ids.js';
import type { Millis } from '../base/units.js';
import type { GateClient, GateClientDependencies, GateOutcome } from '../gate/gate-client.js';
import type { LaneCommands } from '../gate/operator-command/operator-commands.js';
import type { PassageMessage } from '../gate/protocol/gate-messages.js';
import type { Direction } from '../gate/protocol/grant-bytes.js';
import type { LaneTopics } from '../gate/protocol/topics.js';
import type { RelayProblem } from '../gate/relay-client.js';
import type { Bus } from '../platform/mqtt/message-bus.js';
import type { Journal } from '../records/journal/journal.js';
import type { BadgeStanding } from '../records/people/badge-standing.js';
import type { CameraStatus, DocumentCamera, FrameReport, Stage, Vision } from '../vision/ports/vision.js';
import type { DecisionDependencies } from './decision/lane-gallery.js';
import type { DocumentPhotos } from './document-photo.js';
import type { Degraded } from './health/degraded-modes.js';
import type { FleetStatus, LaneState, PackInUse } from './health/lane-state-message.js';
import type { ProgressNotes } from './health/watchdog-progress.js';

/** Takes in what a lane saw and whom it let in, for learning the camera. */
export interface LaneStatistics {
  /** Costs next to nothing; what takes time is done when a track has ended, and beside the lane. */
  see(frame: FrameReport): void;
  /** A person was let in by face. */
  granted(track: TrackId, person: PersonId): void;
}

export interface LaneDependencies extends DecisionDependencies {
  readonly lane: LaneId;
  /** Name of the box, for whoever watches over many. */
  readonly device?: string;
  /** Absent where the gallery does not come from a fleet. Asked several times a second. */
  readonly fleet?: () => FleetStatus;
  readonly topics: LaneTopics;
  readonly direction: Direction;
  /** Whole ms, 100..10000. */
  readonly pulse: Millis;
  readonly pack: PackInUse;
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
  readonly documentPhotos?: DocumentPhotos;
  /** Looks at the pass where no photograph came with the badge. Absent: only photographs that came are compared. */
  readonly documentCamera?: Pick<DocumentCamera, 'look'>;
  readonly clock: Clock;
  readonly newId: () => DecisionId;
  readonly namesOnWire: boolean;
  /** What is wrong outside of the lane: clock, disk, age of the gallery. Asked several times a second. */
  readonly faults?: () => readonly Degraded[];
  /** Whether nobody is let in before the vision process's drawn faces have landed where they should. */
  readonly selfTest?: boolean;
  /** Absent: the lane does not adapt to its camera. */
  readonly gatherer?: LaneStatistics;
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
  GateClientDependencies,
  'onPassage' | 'onLateAck' | 'onContradiction' | 'onDropped'
> & { readonly onRelay?: (problem: RelayProblem) => void };

/** How a grant ended. Kept apart from the decision: the person was recognised in each case. */
export type LaneOutcome =
  | GateOutcome
  /** Nothing was sent: between the decision and the grant the picture ceased to support it. */
  | { readonly outcome: 'withdrawn'; readonly reason: PendingReason | 'left' | 'stopping' | 'gate-busy' }
  /** Nothing was sent: it could not be written down first. */
  | { readonly outcome: 'journal-failed' };

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
  | { readonly kind: 'encoder-self-test-failed'; readonly drift?: number }
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
