/** Lists why a recognised person may not pass here and now. Codes are API (journal, MQTT, dashboards): never renamed. */

export type AccessReason =
  | 'lockdown'
  | 'clock-implausible'
  | 'denied'
  | 'no-access'
  | 'access-not-yet-valid'
  | 'access-expired'
  | 'outside-hours'
  | 'badge-required'
  | 'face-required'
  | 'face-or-badge-required'
  | 'tailgating-suspected'
  | 'passback-too-soon'
  | 'passback-wrong-side'
  | 'quota-used-up'
  | 'locked-at-another-lane';

const SENTENCES: Readonly<Record<AccessReason, string>> = {
  lockdown: 'The site is locked down; nobody may pass now.',
  'clock-implausible': 'This gate does not know the time; please ask for help.',
  denied: 'You may not pass here; please ask at the reception.',
  'no-access': 'You have no permission for this gate.',
  'access-not-yet-valid': 'Your permission for this gate has not begun yet.',
  'access-expired': 'Your permission for this gate has ended.',
  'outside-hours': 'You may pass here, but not at this time.',
  'badge-required': 'Please present your badge.',
  'face-required': 'Please look into the camera.',
  'face-or-badge-required': 'Please look into the camera or present your badge.',
  'tailgating-suspected': 'Somebody stands close behind you; please come one at a time.',
  'passback-too-soon': 'You have passed here a moment ago; please wait.',
  'passback-wrong-side': 'You are known to be on the other side already; please ask for help.',
  'quota-used-up': 'You have passed as often as is allowed today.',
  'locked-at-another-lane': 'You are being let through at another gate.',
};

/** For the person at the gate: what to do, and no fact that a bystander should not learn. */
export const accessSentenceOf = (reason: AccessReason): string => SENTENCES[reason];

export const isAccessReason = (reason: string): reason is AccessReason => Object.hasOwn(SENTENCES, reason);

export const ACCESS_REASONS = Object.keys(SENTENCES) as readonly AccessReason[];
