import type { LaneId, PersonId } from '../../base/ids.js';

/** What the access rules remember over a restart. */
export interface AccessStore {
  /** By person: text of saved-records.ts. */
  records(): Promise<ReadonlyMap<PersonId, string>>;
  /** Does nothing for a person who is no longer enrolled: a record goes with its person. */
  save(person: PersonId, record: string): Promise<void>;
  /** The modes that operators have set for lanes, where it was ever another than the usual. */
  modes(): Promise<ReadonlyMap<LaneId, string>>;
  saveMode(lane: LaneId, mode: string): Promise<void>;
}
