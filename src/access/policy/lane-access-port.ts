import type { PersonId } from '../../base/ids.js';
import type { Person } from '../../records/people/person.js';
import type { AccessController } from './access-controller.js';
import type { OperatorMode } from './operator-mode.js';

/** A lane's view of the access rules that all lanes of one box share. */
export interface SiteAccess {
  /** Absent: all who are recognised may pass. */
  readonly controller?: AccessController;
  /** The mode that an operator has set for this lane. */
  readonly mode: () => OperatorMode;
  /** As enrolled, with or without a face. */
  readonly personOf: (person: PersonId) => Promise<Person | undefined>;
  /** The record of a person has changed. */
  readonly onRecord?: (person: PersonId) => void;
}
