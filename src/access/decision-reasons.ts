/** Lists the reasons of a decision. Codes are API (journal, MQTT, dashboards): never renamed. */
import {
  ACCESS_REASONS,
  type AccessReason,
  accessSentenceOf,
  isAccessReason,
} from './policy/access-reasons.js';

export type PendingReason =
  | AccessReason
  | 'no-face'
  | 'several-at-gate'
  | 'low-quality'
  | 'face-covered'
  | 'stale-frame'
  | 'unknown'
  | 'ambiguous'
  | 'insufficient-evidence'
  | 'identity-conflict'
  | 'disputed'
  | 'presentation-attack'
  | 'liveness-undecided'
  | 'not-yet-valid'
  | 'expired'
  | 'no-consent'
  | 'consent-expired'
  | 'badge-unknown'
  | 'badge-foreign'
  | 'badge-removed'
  | 'badge-revoked'
  | 'badge-ambiguous'
  | 'badge-face-mismatch'
  | 'badge-face-timeout'
  /** Written until 0.1 in the place of `badge-face-timeout`; it read as if the badge itself were no longer valid. */
  | 'badge-expired'
  | 'document-photo-unusable'
  | 'document-camera-missing'
  | 'pack-uncalibrated'
  | 'gallery-empty'
  | 'degraded';

/** A person was recognised by their face. */
export type FaceReason = 'face-identified' | 'face-verified' | 'document-verified';
/** No face had a part in it. */
export type FacelessReason = 'badge-accepted' | 'free-exit' | 'opened-by-operator';
type GrantReason = FaceReason | FacelessReason;
export type Reason = GrantReason | PendingReason;

const SENTENCES: Readonly<Record<Exclude<Reason, AccessReason>, string>> = {
  'face-identified': 'The face is that of one enrolled person.',
  'face-verified': 'The face is that of the person whose badge was presented.',
  'document-verified': 'The face is that of the photograph in the pass that was presented.',
  'badge-accepted': 'The badge is that of an enrolled person, and nothing else is asked for.',
  'free-exit': 'Everybody may go out now.',
  'opened-by-operator': 'An operator opened the gate.',
  'no-face': 'Nobody is at the gate.',
  'several-at-gate': 'More than one person is at the gate; please come one at a time.',
  'low-quality': 'No picture was good enough to be compared.',
  'face-covered':
    'The face is covered, so that it cannot be compared: please pass with your badge where one alone opens, or ask at the desk, or show the whole face if you wish to.',
  'stale-frame': 'The picture was too old to open a gate.',
  unknown: 'The face is not like that of anybody enrolled.',
  ambiguous: 'Two enrolled people are about equally likely.',
  'insufficient-evidence': 'Too few pictures agree so far.',
  'identity-conflict': 'Two different people were seen where one was followed.',
  disputed:
    'A passage under this person’s name was disputed, and the face does not reach what is asked for since; please ask at the desk.',
  'presentation-attack': 'The face looks like a picture or a screen, not like a living person.',
  'liveness-undecided': 'It could not be told in time whether a living person stands there.',
  'not-yet-valid': 'The person may not pass yet.',
  expired: 'The person may not pass any more.',
  'no-consent': 'The person has not agreed to be recognised.',
  'consent-expired': 'The person agreed to be recognised until a day that is over; please ask at the desk.',
  'badge-unknown': 'Nobody enrolled has this badge.',
  'badge-foreign': 'This pass is not one of this site, and this gate takes no visitors by their pass.',
  'badge-removed': 'This badge was taken back; please ask at the desk.',
  'badge-revoked': 'This badge is revoked; please ask at the desk.',
  'badge-ambiguous': 'More than one person has this badge; please ask at the desk.',
  'badge-face-mismatch': 'The face is not that of the person whose badge was presented.',
  'badge-face-timeout':
    'The badge was presented, and the face that belongs to it was not seen within the time that it counts for.',
  'badge-expired': 'The badge was presented, but no face followed in time.',
  'document-photo-unusable': 'The photograph in the pass does not show one face well enough.',
  'document-camera-missing': 'The camera that looks at passes gives no picture; please ask at the desk.',
  'pack-uncalibrated':
    'The model pack, or the head behind it, has no calibration table, so no false match rate can be promised.',
  'gallery-empty': 'Nobody is enrolled with this model pack.',
  degraded: 'The lane cannot be sure of what it sees right now; please ask at the desk.',
};

export const sentenceOf = (reason: Reason): string =>
  isAccessReason(reason) ? accessSentenceOf(reason) : SENTENCES[reason];

export const isReason = (text: string): text is Reason =>
  Object.hasOwn(SENTENCES, text) || isAccessReason(text);

/** Codes of all reasons, sorted. */
export const REASONS: readonly string[] = [...Object.keys(SENTENCES), ...ACCESS_REASONS].sort();

/** Present codes with those that they had before: rows of the journal keep the words they were written in. */
const FORMER: readonly (readonly [present: Reason, former: string])[] = [
  ['insufficient-evidence', 'gathering'],
  ['no-face', 'nobody'],
  ['identity-conflict', 'conflict'],
  ['low-quality', 'poor-picture'],
  ['badge-required', 'badge-needed'],
  ['tailgating-suspected', 'someone-behind'],
  ['locked-at-another-lane', 'claimed-elsewhere'],
  ['document-verified', 'pass-verified'],
  ['document-photo-unusable', 'pass-photo-unusable'],
  ['document-camera-missing', 'pass-camera-missing'],
  ['badge-face-timeout', 'badge-expired'],
];

/** The present code of a former one; any other as it is. */
export const presentReason = (code: string): string =>
  FORMER.find(([, former]) => former === code)?.[0] ?? code;

/** A reason under every code that it has had, for searches of the journal, by whichever of them it is asked for. */
export function codesOfReason(code: string): readonly string[] {
  const present = presentReason(code);
  return [present, ...FORMER.filter(([now]) => now === present).map(([, former]) => former)];
}
