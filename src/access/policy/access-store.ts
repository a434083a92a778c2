import type { LaneId, PersonId } from '../../base/ids.js';

/** What the access rules remember over a restart. */
export interface AccessStore {
  /** By person: text of decision/access/saved-records.ts. */
  records(): Promise<ReadonlyMap<PersonId, string>>;
  /** Nothing for somebody who is no longer enrolled: a record goes with its person. */
  save(person: PersonId, record: string): Promise<void>;
  /** What an operator ordered for lanes, where it was ever anything but the usual. */
  modes(): Promise<ReadonlyMap<LaneId, string>>;
  saveMode(lane: LaneId, mode: string): Promise<void>;
}
