import type { BadgeId, PersonId } from '../../base/ids.js';

/**
 * What is known of a badge. "Not found" is not "allowed": only a badge that was never anybody's here may be a visitor's.
 * `badge` is as it is stored, where somebody has it.
 */
export type BadgeStanding =
  | { readonly kind: 'held'; readonly badge: BadgeId; readonly person: PersonId }
  /** The badge itself or its holder is revoked, or was when it was taken away. */
  | { readonly kind: 'revoked'; readonly badge: BadgeId; readonly person: PersonId | undefined }
  /** It was somebody's, and is nobody's now. */
  | { readonly kind: 'removed'; readonly badge: BadgeId }
  /** Several people have it in several spellings, from before spellings were compared: nobody can say whose it is. */
  | { readonly kind: 'ambiguous'; readonly badge: BadgeId; readonly people: readonly PersonId[] }
  /** Never anybody's here. */
  | { readonly kind: 'foreign'; readonly badge: BadgeId };
