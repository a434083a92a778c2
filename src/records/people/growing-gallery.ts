/** The gallery as it grows during an import: each photograph is also compared with those accepted before it. */
import type { PersonId } from '../../base/ids.js';
import { type Distance, distance } from '../../base/units.js';
import { distanceOf } from '../../biometrics/distance.js';
import type { Sides } from '../../biometrics/head/comparison.js';
import type { Likeness } from './enrollment-rules.js';
import type { GallerySnapshot } from './gallery-store.js';

interface Row {
  readonly person: PersonId;
  readonly vector: Float32Array;
  /** Without consent a template is compared with its own person's only. */
  readonly consented: boolean;
}

/** What new photographs are compared with, those accepted before them included. */
export interface EnrollmentGallery {
  /** Templates, of all people together. */
  readonly size: number;
  /** @param vector of the trunk. */
  add(person: PersonId, vector: Float32Array, consented: boolean): void;
  /** @param trunk vector of a photograph of `person`: compared as a live face would be. */
  likeness(trunk: Float32Array, person: PersonId): Likeness | Promise<Likeness>;
}

export class GrowingGallery implements EnrollmentGallery {
  readonly #rows: Row[];
  readonly #sides: Sides;
  readonly #distance: (a: Float32Array, b: Float32Array) => Distance;

  /** @param snapshot of trunk vectors; its matrix must not change. */
  constructor({ owners, matrix, dimension }: GallerySnapshot, sides: Sides) {
    this.#sides = sides;
    this.#distance = distanceOf[sides.metric];
    this.#rows = owners.map((person, row) => ({
      person,
      vector: sides.template(matrix.subarray(row * dimension, (row + 1) * dimension)),
      consented: true,
    }));
  }

  /** Templates, of all people together. */
  get size(): number {
    return this.#rows.length;
  }

  /** @param vector of the trunk. */
  add(person: PersonId, vector: Float32Array, consented: boolean): void {
    this.#rows.push({ person, vector: this.#sides.template(vector), consented });
  }

  /** @param trunk vector of a photograph of `person`: compared as a live face would be. */
  likeness(trunk: Float32Array, person: PersonId): Likeness {
    const probe = this.#sides.live(trunk);
    let own = Number.POSITIVE_INFINITY;
    let nearest = Number.POSITIVE_INFINITY;
    let other: PersonId | undefined;
    for (const row of this.#rows) {
      if (row.person === person) own = Math.min(own, this.#distance(probe, row.vector));
      else if (row.consented) {
        const apart = this.#distance(probe, row.vector);
        if (!(apart < nearest)) continue;
        nearest = apart;
        other = row.person;
      }
    }
    return {
      other: other === undefined ? undefined : { person: other, distance: distance(nearest) },
      own: own === Number.POSITIVE_INFINITY ? undefined : distance(own),
    };
  }
}
