/** Computes when a consent recorded here expires, from the number of days that the site has configured. */
import { wallTime } from '../../base/units.js';
import type { GalleryStore } from '../../records/people/gallery-store.js';
import type { GalleryChange } from '../../records/people/person.js';
import { withApply } from './with-apply.js';

const DAY_MS = 86_400_000;

/** @param days absent: consent is valid until it is withdrawn. */
export function underTerms(store: GalleryStore, days: number | undefined): GalleryStore {
  if (days === undefined) return store;
  const limited = (change: GalleryChange): GalleryChange => {
    if (change.kind !== 'put-person') return change;
    const { consent } = change.person;
    if (consent === undefined || consent.until !== undefined) return change;
    const until = wallTime(consent.givenAt + days * DAY_MS);
    return { ...change, person: { ...change.person, consent: { ...consent, until } } };
  };
  return withApply(store, (changes) => store.apply(changes.map(limited)));
}
