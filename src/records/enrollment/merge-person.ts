import { compact } from '../../base/compact.js';
import type { Consent, Person } from '../people/person.js';

/**
 * What is said now goes before what was stored; what is not said now stays. Consent to the same text keeps the day on
 * which it was given.
 */
export function mergePerson(stored: Person | undefined, said: Person): Person {
  if (stored === undefined) return said;
  return { ...stored, ...compact(said), consent: mergeConsent(stored.consent, said.consent) };
}

function mergeConsent(stored: Consent | undefined, said: Consent | undefined): Consent | undefined {
  if (said === undefined || said.textVersion === stored?.textVersion) return stored;
  return said;
}

export function samePerson(a: Person, b: Person): boolean {
  return (
    a.id === b.id &&
    a.name === b.name &&
    a.validFrom === b.validFrom &&
    a.validUntil === b.validUntil &&
    (a.groups ?? []).join(' ') === (b.groups ?? []).join(' ') &&
    a.consent?.textVersion === b.consent?.textVersion &&
    a.consent?.givenAt === b.consent?.givenAt
  );
}
