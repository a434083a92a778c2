/** Decides which credentials a lane requires: face, badge, both, or either. */
import type { WallTime } from '../../base/units.js';
import type { AccessReason } from './access-reasons.js';
import type { OpenAt } from './schedule.js';

export const CREDENTIAL_POLICIES = ['badge-and-face', 'badge-or-face', 'face-only', 'badge-only'] as const;
export type CredentialPolicy = (typeof CREDENTIAL_POLICIES)[number];

export interface LaneCredentials {
  readonly usual: CredentialPolicy;
  /** The first that holds goes before the usual one. */
  readonly exceptions: readonly { readonly during: OpenAt; readonly policy: CredentialPolicy }[];
}

/** What was proven: a face by identification or verification, a badge by having been read. */
export interface Shown {
  readonly face: boolean;
  readonly badge: boolean;
}

/** What the lane is to look for. */
export interface Asked {
  /** A recognised face opens by itself (1:N). */
  readonly faceAlone: boolean;
  /** A badge followed by its holder's face opens (1:1). */
  readonly badgeThenFace: boolean;
  /** A badge opens by itself. */
  readonly badgeAlone: boolean;
}

/** A time that is no number asks for everything. */
export function policyAt({ usual, exceptions }: LaneCredentials, at: WallTime): CredentialPolicy {
  if (!Number.isFinite(at)) return 'badge-and-face';
  return exceptions.find(({ during }) => during(at))?.policy ?? usual;
}

export const askedBy = (policy: CredentialPolicy): Asked => ({
  faceAlone: policy === 'face-only' || policy === 'badge-or-face',
  badgeThenFace: policy === 'badge-and-face',
  badgeAlone: policy === 'badge-only' || policy === 'badge-or-face',
});

/** Why what was shown does not suffice; nothing when it does. */
export function objectionToShown(policy: CredentialPolicy, { face, badge }: Shown): AccessReason | undefined {
  switch (policy) {
    case 'badge-and-face':
      if (!badge) return 'badge-required';
      return face ? undefined : 'face-required';
    case 'badge-or-face':
      return badge || face ? undefined : 'face-or-badge-required';
    case 'face-only':
      return face ? undefined : 'face-required';
    case 'badge-only':
      return badge ? undefined : 'badge-required';
  }
}
