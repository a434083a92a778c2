import type { PersonId } from '../../base/ids.js';
import type { AccessDesk } from '../../decision/access/desk.js';
import type { OperatorMode } from '../../decision/access/operator-mode.js';
import type { Person } from '../../gallery/person.js';

/** What a lane knows of the access rules that all lanes of one box share. */
export interface SiteAccess {
  /** Absent: whoever is recognised may pass. */
  readonly desk?: AccessDesk;
  /** What an operator ordered for this lane. */
  readonly mode: () => OperatorMode;
  /** As enrolled, with or without a face. */
  readonly personOf: (person: PersonId) => Promise<Person | undefined>;
  /** What is remembered of somebody has changed. */
  readonly onRecord?: (person: PersonId) => void;
}
