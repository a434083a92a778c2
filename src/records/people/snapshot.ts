import type { ModelDigest, PersonId } from '../../base/ids.js';
import type { Person } from './person.js';

/** The gallery in memory, at one version and for one encoder: only people who gave consent and have a template of this digest. */
export interface GallerySnapshot {
  /** Rises with every change of the gallery. */
  readonly version: number;
  readonly digest: ModelDigest;
  readonly dimension: number;
  /** float32 [owners.length, dimension], row-major. */
  readonly matrix: Float32Array;
  /** Whose template each row is. */
  readonly owners: readonly PersonId[];
  readonly people: ReadonlyMap<PersonId, Person>;
  /** Templates that are left out, because they are not as they were stored. */
  readonly damaged?: number;
}
