/**
 * Defines how far each cause degrades a lane: from identification to badge and face, then the badge alone where the site allows
 * it, then closed. A lane recovers by itself when the cause is gone. The meanings of the causes are explained last.
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
  | 'light-too-low'
  | 'camera-moved'
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
  // Faces that need more light are refused; all others pass as before.
  'light-too-low': { leaves: 'identification', enforced: false },
  // Compared as the encoder shows it: on video/asl no impostor of 300 trials passed so, and all enrolled people did.
  'camera-moved': { leaves: 'identification', enforced: false },
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

/** Explains each degraded cause: the only source of OPERATIONS.md's table, and of every display of a cause. */
export const DEGRADED_MEANINGS: Readonly<Record<Degraded, string>> = {
  'camera-not-live': 'No picture for 2 s, the same picture for 2 s, or no camera at all.',
  'vision-restarting': "The lane's vision process died or was replaced.",
  'vision-failing': 'It died five times within a minute.',
  'encoder-self-test-failed':
    'The two drawn faces that are encoded every minute did not land where they did at the start, or were not encoded for 150 s.',
  'pad-model-missing':
    '`liveness.mode` is `require` and the pack has no networks for it, so that no face alone can be believed.',
  'document-camera-missing': 'The second camera, which looks at the passes of visitors, gives no picture.',
  'pack-uncalibrated': 'The pack does not say what its distances mean.',
  'gallery-empty': 'Nobody is enrolled with this pack.',
  'gallery-too-large':
    'The rule asks for a surer face than the calibration table supports among so many templates, so that no face alone could ever pass.',
  'gallery-expired': 'The gallery has not been confirmed for longer than it may be used.',
  'clock-implausible':
    'The clock shows a time before this version was made, or it jumped by more than 5 minutes against the time since the machine started (suspension included).',
  'broker-disconnected': 'No connection to the broker.',
  'session-taken-over':
    "Within the last 10 minutes another client came to the broker under the name of one of this box's connections, which ended it (MQTT reason 142).",
  'gate-offline': 'No challenge from the gate for 1.5 s.',
  'gate-unproven':
    'The gate asks for grants and has not shown within 3 s that it signs its answers with the key the lane knows.',
  'relay-stays-on': 'The relay says that it is on although its pulse is over.',
  'journal-failing': 'The last entry could not be written within 2 s.',
  'disk-full': 'Less than 50 MB are free where the data lie.',
  'database-replaced':
    'The file of the database, or its `-wal`, is another one than the service has open, or none.',
  'journal-discontinued': 'The journal no longer has the row that the box signed last.',
  'database-restored':
    'The database was damaged and the last good backup took its place, or it was replaced under the running service.',
  'templates-damaged':
    'Templates are not as they were stored (a flash card that forgets, or somebody who wrote to the database).',
  'light-too-low':
    'Somebody stood at the gate within the last 30 minutes whose face never had the light that it needs: more light is needed there.',
  'camera-moved':
    'For four hours people have looked different from their templates of this camera, all in the same way: it was moved or replaced, and what it made of everybody is no longer taken away from live faces.',
  'people-left-out': 'Records of the published gallery cannot be taken here.',
};
