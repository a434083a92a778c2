/** Visitors: nobody enrolled them, and their pass speaks for them. */
import { type BadgeId, type PersonId, personId } from '../../base/ids.js';

/** The group that all visitors are in. Access must be granted to it by name: 'everyone' means everybody who is enrolled. */
export const VISITORS = 'visitors';
/** No id that people choose has a colon. */
const PREFIX = 'pass:';

/** Who is remembered: the pass, as nothing else is known. */
export const visitorWith = (badge: BadgeId): PersonId => personId(`${PREFIX}${badge}`);
export const isVisitor = (person: PersonId): boolean => person.startsWith(PREFIX);
