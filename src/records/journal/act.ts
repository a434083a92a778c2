/** What an administrator did that changes who may pass, as it is written into the journal. */
import type { PersonId } from '../../base/ids.js';
import type { WallTime } from '../../base/units.js';

/** Who did it. None of the values equals an id of a person, so that erasing `ada` does not meet the user `ada`. */
export interface Actor {
  /** "unix:NAME", "operator:ID", "token:ID", or "box" for what the service does by itself. */
  readonly by: string;
  /** The user who called sudo, "unix:NAME"; root can set it. */
  readonly sudo?: string;
  /** The user of the login by the kernel's audit system, which sudo and su do not change. */
  readonly login_uid?: number;
  /** Name of the machine: the office, or the box. */
  readonly office?: string;
}

/** `person`, `badge` and `name` are stored apart and can be deleted; an act never contains templates, keys or pictures. */
export interface Act {
  /** What was done, such as 'person-removed'. */
  readonly act: string;
  readonly person?: PersonId;
  /** Badges that were given or taken back, with spaces between them. */
  readonly badge?: string;
  /** Further facts: counts, names of groups, digests. */
  readonly [fact: string]: unknown;
}

/** What writing an act takes besides the act. */
export interface ActSource {
  readonly actor: Actor;
  readonly now: () => WallTime;
}

/** What the service does without being asked. */
export const THE_BOX: Actor = { by: 'box' };
