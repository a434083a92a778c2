import type { BadgeId, PersonId } from '../../base/ids.js';

/**
 * What is known of a badge. "Not found" is not "allowed": only a badge that never had a holder here may be a visitor's.
 * `badge` has its stored spelling when it has a holder.
 */
export type BadgeStanding =
  | { readonly kind: 'held'; readonly badge: BadgeId; readonly person: PersonId }
  /** The badge itself or its holder is revoked, or was when it was taken away. */
  | { readonly kind: 'revoked'; readonly badge: BadgeId; readonly person: PersonId | undefined }
  /** It had a holder, and has none now. */
  | { readonly kind: 'removed'; readonly badge: BadgeId }
  /** Several people have it in several spellings, from before spellings were compared: the holder is undecidable. */
  | { readonly kind: 'ambiguous'; readonly badge: BadgeId; readonly people: readonly PersonId[] }
  /** Never had a holder here. */
  | { readonly kind: 'foreign'; readonly badge: BadgeId };
