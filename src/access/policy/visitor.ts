/** Names visitors, who are not enrolled and are known by their document alone. */
import { type BadgeId, type PersonId, personId } from '../../base/ids.js';

/** The group that all visitors are in. Access must be granted to it by name: 'everyone' means all who are enrolled. */
export const VISITORS = 'visitors';
/** No id that people choose has a colon. */
const PREFIX = 'pass:';

/** The id that is recorded for a visitor: that of the document, as no other is known. */
export const visitorWith = (badge: BadgeId): PersonId => personId(`${PREFIX}${badge}`);
export const isVisitor = (person: PersonId): boolean => person.startsWith(PREFIX);
