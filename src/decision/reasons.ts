/** Why somebody was let in or not. Codes are API (journal, MQTT, dashboards): never renamed. */

export type HoldReason =
  | 'nobody'
  | 'several-at-gate'
  | 'poor-picture'
  | 'stale-frame'
  | 'unknown'
  | 'ambiguous'
  | 'gathering'
  | 'conflict'
  | 'presentation-attack'
  | 'liveness-undecided'
  | 'not-yet-valid'
  | 'expired'
  | 'no-consent'
  | 'badge-needed'
  | 'badge-unknown'
  | 'badge-face-mismatch'
  | 'badge-expired'
  | 'pack-uncalibrated'
  | 'gallery-empty'
  | 'degraded';

export type GrantReason = 'face-identified' | 'face-verified';
export type Reason = GrantReason | HoldReason;

const SENTENCES: Readonly<Record<Reason, string>> = {
  'face-identified': 'The face is that of one enrolled person.',
  'face-verified': 'The face is that of the person whose badge was presented.',
  nobody: 'Nobody is at the gate.',
  'several-at-gate': 'More than one person is at the gate; please come one at a time.',
  'poor-picture': 'No picture was good enough to be compared.',
  'stale-frame': 'The picture was too old to open a gate.',
  unknown: 'The face is not like that of anybody enrolled.',
  ambiguous: 'Two enrolled people are about equally likely.',
  gathering: 'Too few pictures agree so far.',
  conflict: 'Two different people were seen where one was followed.',
  'presentation-attack': 'The face looks like a picture or a screen, not like a living person.',
  'liveness-undecided': 'It could not be told in time whether a living person stands there.',
  'not-yet-valid': 'The person may not pass yet.',
  expired: 'The person may not pass any more.',
  'no-consent': 'The person has not agreed to be recognised.',
  'badge-needed': 'This lane asks for a badge first.',
  'badge-unknown': 'Nobody enrolled has this badge.',
  'badge-face-mismatch': 'The face is not that of the person whose badge was presented.',
  'badge-expired': 'The badge was presented, but no face followed in time.',
  'pack-uncalibrated': 'The model pack has no calibration table, so no false match rate can be promised.',
  'gallery-empty': 'Nobody is enrolled with this model pack.',
  degraded: 'The lane cannot be sure of what it sees right now; please ask at the desk.',
};

export const sentenceOf = (reason: Reason): string => SENTENCES[reason];
