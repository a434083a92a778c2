/**
 * Defines how far each cause degrades a lane: from identification to badge and face, then the badge alone where the site allows
 * it, then closed. A lane recovers by itself when the cause is gone.
 */
import type { LaneRules } from '../../access/lane-rules.js';

/** What works: a face alone, only badge and face, only a badge, or nothing. */
export type LaneMode = 'identification' | 'verification' | 'badge' | 'closed';

const RUNGS: readonly LaneMode[] = ['identification', 'verification', 'badge', 'closed'];

/** Codes are API (state, dashboards): never renamed. */
export type Degraded =
  | 'camera-not-live'
  | 'vision-restarting'
  | 'vision-failing'
  | 'encoder-self-test-failed'
  | 'pad-model-missing'
  | 'document-camera-missing'
  | 'broker-disconnected'
  | 'session-taken-over'
  | 'gate-offline'
  | 'gate-unproven'
  | 'relay-stays-on'
  | 'pack-uncalibrated'
  | 'gallery-empty'
  | 'gallery-too-large'
  | 'gallery-expired'
  | 'clock-implausible'
  | 'journal-failing'
  | 'disk-full'
  | 'database-restored'
  | 'database-replaced'
  | 'journal-discontinued'
  | 'people-left-out'
  | 'templates-damaged';

interface Step {
  /** The best that is left. */
  readonly leaves: LaneMode;
  /**
   * Whether the step has to be enforced. The others enforce themselves: without pictures, gate, broker or journal there
   * is nothing to open with, and each of them ends a decision with a reason of its own.
   */
  readonly enforced: boolean;
}

const STEPS: Readonly<Record<Degraded, Step>> = {
  // No face can be seen, or none can be trusted: a badge needs none.
  'camera-not-live': { leaves: 'badge', enforced: false },
  'vision-restarting': { leaves: 'badge', enforced: false },
  'vision-failing': { leaves: 'badge', enforced: true },
  'encoder-self-test-failed': { leaves: 'badge', enforced: true },
  'pack-uncalibrated': { leaves: 'badge', enforced: false },
  // A badge adds the evidence that the face alone no longer gives.
  'pad-model-missing': { leaves: 'verification', enforced: true },
  // Only visitors are affected, and each of them is refused with a reason; enrolled people pass as before.
  'document-camera-missing': { leaves: 'identification', enforced: false },
  'gallery-too-large': { leaves: 'verification', enforced: true },
  'gallery-expired': { leaves: 'verification', enforced: true },
  // No enrolled face can be recognised; a badge needs none, and a visitor's face is compared with the document.
  'gallery-empty': { leaves: 'badge', enforced: false },
  // Without a clock the validity of a badge is unknown, and without a broker no grant reaches the gate.
  'clock-implausible': { leaves: 'closed', enforced: true },
  'broker-disconnected': { leaves: 'closed', enforced: false },
  // The connection is back under a new name; while it is not, 'broker-disconnected' applies.
  'session-taken-over': { leaves: 'identification', enforced: false },
  'gate-offline': { leaves: 'closed', enforced: false },
  // It opens as before; its answers count as missing until its keys match those of the lane.
  'gate-unproven': { leaves: 'identification', enforced: false },
  // It gets no command until it is off: what does not end its pulse must not begin another.
  'relay-stays-on': { leaves: 'closed', enforced: false },
  'journal-failing': { leaves: 'closed', enforced: false },
  // An early warning. Refusing people frees no space; when an entry cannot be written, 'journal-failing' comes.
  'disk-full': { leaves: 'identification', enforced: false },
  // The open database is not the one that others write to: people who were removed there would still be admitted.
  'database-replaced': { leaves: 'closed', enforced: true },
  // The gallery may lack people who were enrolled, and hold people who were removed, since the backup: an operator has to check.
  'database-restored': { leaves: 'identification', enforced: false },
  // Evidence is missing, not the list of people who may pass: an operator has to check.
  'journal-discontinued': { leaves: 'identification', enforced: false },
  // People who are left out are refused; all others pass as before.
  'templates-damaged': { leaves: 'identification', enforced: false },
  'people-left-out': { leaves: 'identification', enforced: false },
};

/** All causes, in no order. */
export const CAUSES = Object.keys(STEPS) as readonly Degraded[];

/** The best that is left by one cause alone. */
export const leftBy = (cause: Degraded): LaneMode => STEPS[cause].leaves;

export interface Offers {
  readonly rules: Pick<LaneRules, 'identification' | 'verification'>;
  /** The site lets people through on a badge alone. */
  readonly badgeAlone: boolean;
  /** Faces are compared with the photographs in passes, which need no gallery. */
  readonly passes?: boolean;
}

/** What is left of what the lane offers. */
export function modeLeft(
  causes: readonly Degraded[],
  { rules, badgeAlone, passes = false }: Offers,
): LaneMode {
  const offered: Readonly<Record<LaneMode, boolean>> = {
    identification: rules.identification !== undefined,
    verification: rules.verification !== undefined,
    badge: badgeAlone,
    closed: true,
  };
  const leaves = (cause: Degraded): LaneMode =>
    cause === 'gallery-empty' && passes ? 'verification' : STEPS[cause].leaves;
  const lowest = Math.max(0, ...causes.map((cause) => RUNGS.indexOf(leaves(cause))));
  return RUNGS.find((rung, place) => place >= lowest && offered[rung]) ?? 'closed';
}

/** Of all the causes, those that must keep a decision from being made. */
export const enforcedAmong = (causes: readonly Degraded[]): readonly Degraded[] =>
  causes.filter((cause) => STEPS[cause].enforced);
