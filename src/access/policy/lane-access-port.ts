import type { PersonId } from '../../base/ids.js';
import type { Person } from '../../records/people/person.js';
import type { AccessController } from './access-controller.js';
import type { OperatorMode } from './operator-mode.js';

/** What a lane knows of the access rules that all lanes of one box share. */
export interface SiteAccess {
  /** Absent: whoever is recognised may pass. */
  readonly controller?: AccessController;
  /** What an operator ordered for this lane. */
  readonly mode: () => OperatorMode;
  /** As enrolled, with or without a face. */
  readonly personOf: (person: PersonId) => Promise<Person | undefined>;
  /** What is remembered of somebody has changed. */
  readonly onRecord?: (person: PersonId) => void;
}
