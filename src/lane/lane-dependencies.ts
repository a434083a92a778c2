/** Declares what one lane depends on and what it reports. */

import type { Decision } from '../access/decision.js';
import type { PendingReason } from '../access/decision-reasons.js';
import type { SiteAccess } from '../access/policy/access-controller.js';
import type { Clock } from '../base/clock.js';
import type { BadgeId, DecisionId, LaneId, PersonId, TrackId } from '../base/ids.js';
import type { Millis } from '../base/units.js';
import type { GateClient, GateClientListeners, GateOutcome } from '../gate/gate-client.js';
import type { LaneCommands } from '../gate/operator-command/operator-commands.js';
import type { PassageMessage } from '../gate/protocol/gate-messages.js';
import type { Direction } from '../gate/protocol/grant-bytes.js';
import type { LaneTopics } from '../gate/protocol/topics.js';
import type { RelayProblem } from '../gate/relay-client.js';
import type { Bus } from '../platform/mqtt/message-bus.js';
import type { Journal } from '../records/journal/journal.js';
import type { BadgeStanding } from '../records/people/gallery-store.js';
import type { CameraStatus, DocumentCamera, FrameReport, Stage, Vision } from '../vision/ports/vision.js';
import type { DecisionDependencies } from './decision/lane-gallery.js';
import type { DocumentPhotos } from './document-photo.js';
import type { Degraded } from './health/degraded-modes.js';
import type { FleetStatus } from './health/fleet-in-use.js';
import type { LaneState, PackInUse, ProgramVersions } from './health/lane-state.js';
import type { StateMessage } from './health/state-message.js';
import type { ProgressNotes } from './health/watchdog-progress.js';

/** Takes in what a lane saw and whom it let in, for learning the camera. */
interface LaneStatistics {
  /** Costs next to nothing; slow work is done after a track has ended, outside of the lane's loop. */
  see(frame: FrameReport): void;
  /** A person was let in by face. */
  granted(track: TrackId, person: PersonId): void;
}

export interface LaneDependencies extends DecisionDependencies {
  readonly identity: LaneIdentity;
  readonly ports: LanePorts;
  /** Absent: recognition alone. */
  readonly features?: LaneFeatures;
  readonly observer?: LaneObserver;
}

/** Names and fixed properties of the lane. */
export interface LaneIdentity {
  readonly lane: LaneId;
  /** Name of the device that runs the lane, for fleet monitoring. */
  readonly device?: string;
  /** What runs there: versions of the program and of Node.js, for fleet monitoring. */
  readonly program?: ProgramVersions;
  readonly topics: LaneTopics;
  readonly direction: Direction;
  /** Whole ms, 100..10000. */
  readonly pulse: Millis;
  readonly pack: PackInUse;
}

interface LaneVision extends Vision {
  /** Whether a person watches the live picture; it is published. Called several times a second. */
  readonly isWatched?: () => boolean;
}

/** What every lane needs. */
export interface LanePorts {
  readonly vision: LaneVision;
  readonly journal: Journal;
  readonly bus: Bus;
  /** Called once. @param listeners for what the gate sends besides its answers. */
  readonly gate: (listeners: Required<GateListeners>) => GateClient;
  /** Who holds a badge, or why it counts for no one. */
  readonly standingOf: (badge: BadgeId) => Promise<BadgeStanding>;
  readonly clock: Clock;
  readonly newId: () => DecisionId;
}

/** What a lane has only where it is configured. */
export interface LaneFeatures {
  /** Absent: everyone who is recognised may pass. */
  readonly access?: SiteAccess;
  /** Absent: the lane takes no operator commands. */
  readonly commands?: LaneCommands;
  /** Absent: a visitor who is not enrolled is refused. */
  readonly documents?: LaneDocuments;
  /** Absent where the gallery does not come from a fleet. Called several times a second. */
  readonly fleet?: () => FleetStatus;
  /** Absent: the lane does not adapt to its camera. */
  readonly statistics?: LaneStatistics;
  /** Causes outside of the lane: clock, disk, age of the gallery. Called several times a second. */
  readonly faults?: () => readonly Degraded[];
  /** Whether the encoder self-test must pass before any face counts. */
  readonly selfTest?: boolean;
  /** Codes of what the configuration leaves open here, for the state. */
  readonly open?: readonly string[];
  /** For the watchdog. */
  readonly progress?: ProgressNotes;
  /** Whether decisions on MQTT carry the person's name. */
  readonly publishNames?: boolean;
}

/** Identity documents of visitors. */
interface LaneDocuments {
  readonly photos: DocumentPhotos;
  /** Reads the document where no photograph came with the badge. Absent: only photographs that came are compared. */
  readonly camera?: Pick<DocumentCamera, 'capture'>;
}

/** Receives what a lane did; nothing that it does changes a decision. */
export interface LaneObserver {
  /** For each refusal when it is decided; for each grant when its outcome is known. */
  readonly onDecision?: (decision: Decision, outcome?: LaneOutcome) => void;
  /** At the start and at each change. */
  readonly onState?: (state: LaneState, message: StateMessage) => void;
  readonly onNote?: (note: LaneNote) => void;
  /** For each frame that was decided on: the stages of the vision process and core's own. */
  readonly onFrame?: (frame: FrameCost) => void;
}

export type GateListeners = GateClientListeners & { readonly onRelay?: (problem: RelayProblem) => void };

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
  readonly deciding: Millis;
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
