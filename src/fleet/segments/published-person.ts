import type { BadgeId, ModelDigest } from '../../base/ids.js';
import type { WallTime } from '../../base/units.js';
import type { Person } from '../../records/people/person.js';

/** One person as the registrar publishes them. */
export interface PublishedPerson {
  readonly person: Person;
  /** Rising. */
  readonly badges: readonly BadgeId[];
  /** Rising by digest, then by source. */
  readonly templates: readonly PublishedTemplate[];
  /** How many more there are at the registrar that are damaged; absent for none. */
  readonly damaged?: number;
}

interface PublishedTemplate {
  readonly digest: ModelDigest;
  readonly source: string;
  readonly createdAt: WallTime;
  readonly vector: Float32Array;
}

/** As it came out of a segment. */
export interface ReceivedPerson extends PublishedPerson {
  /** Lower-case hexadecimal SHA-256 of the person's bytes in the segment. */
  readonly digest: string;
}
