/** The gallery as it grows during an import: each photograph is also compared with those accepted before it. */
import type { PersonId } from '../../base/ids.js';
import { distance } from '../../base/units.js';
import {
  type CaptureCondition,
  countsAsPhoto,
  PHOTO,
} from '../../biometrics/conditions/capture-condition.js';
import { largerDistance, withoutOffset } from '../../biometrics/conditions/centred.js';
import { CentreSums } from '../../biometrics/conditions/condition-centre.js';
import { type OffsetPlan, offsetPlan, RAW_PLAN } from '../../biometrics/conditions/offset-plan.js';
import { photographCentreOf } from '../../biometrics/conditions/photograph-centre.js';
import type { Sides } from '../../biometrics/head/comparison.js';
import type { Likeness } from './enrollment-rules.js';
import type { GallerySnapshot } from './gallery-store.js';

interface Row {
  readonly person: PersonId;
  readonly condition: CaptureCondition;
  readonly vector: Float32Array;
  /** Without consent a template is compared with its own person's only. */
  readonly consented: boolean;
}

/** A template that joins the gallery during an import. */
export interface AddedTemplate {
  readonly person: PersonId;
  /** Of the trunk. */
  readonly vector: Float32Array;
  /** Absent: a photograph from elsewhere. */
  readonly condition?: CaptureCondition | undefined;
}

/** What new photographs are compared with, those accepted before them included. */
export interface EnrollmentGallery {
  /** Templates, of all people together. */
  readonly size: number;
  add(template: AddedTemplate, consented: boolean): void;
  /**
   * @param trunk vector of a photograph of `person`: compared as a live face would be.
   * @param condition under which it was captured; absent: a photograph from elsewhere.
   */
  likeness(trunk: Float32Array, person: PersonId, condition?: CaptureCondition): Likeness | Promise<Likeness>;
}

export class GrowingGallery implements EnrollmentGallery {
  readonly #rows: Row[];
  readonly #sides: Sides;
  /** By the condition of what is compared; empty again after each template that joined. */
  readonly #plans = new Map<CaptureCondition, OffsetPlan>();

  /** @param snapshot of trunk vectors; its matrix must not change. */
  constructor({ owners, conditions, matrix, dimension }: GallerySnapshot, sides: Sides) {
    this.#sides = sides;
    this.#rows = owners.map((person, row) => ({
      person,
      condition: conditions[row] ?? PHOTO,
      vector: sides.template(matrix.subarray(row * dimension, (row + 1) * dimension)),
      consented: true,
    }));
  }

  /** Templates, of all people together. */
  get size(): number {
    return this.#rows.length;
  }

  add({ person, vector, condition = PHOTO }: AddedTemplate, consented: boolean): void {
    this.#rows.push({ person, condition, vector: this.#sides.template(vector), consented });
    if (!countsAsPhoto(condition)) this.#plans.clear();
  }

  likeness(trunk: Float32Array, person: PersonId, condition: CaptureCondition = PHOTO): Likeness {
    const { live, metric } = this.#sides;
    const plan = this.#planFor(condition);
    const probe = withoutOffset(live(trunk), plan.live);
    let own = Number.POSITIVE_INFINITY;
    let nearest = Number.POSITIVE_INFINITY;
    let other: PersonId | undefined;
    for (const row of this.#rows) {
      if (row.person !== person && !row.consented) continue;
      const apart = largerDistance(metric, withoutOffset(row.vector, plan.template(row.condition)), probe);
      if (row.person === person) own = Math.min(own, apart);
      else if (apart < nearest) {
        nearest = apart;
        other = row.person;
      }
    }
    return {
      other: other === undefined ? undefined : { person: other, distance: distance(nearest) },
      own: own === Number.POSITIVE_INFINITY ? undefined : distance(own),
    };
  }

  /** Two photographs from elsewhere are compared as they are: the table was measured on such. */
  #planFor(condition: CaptureCondition): OffsetPlan {
    const known = this.#plans.get(condition);
    if (known !== undefined) return known;
    const plan = this.#newPlan(condition);
    this.#plans.set(condition, plan);
    return plan;
  }

  #newPlan(condition: CaptureCondition): OffsetPlan {
    const { centring } = this.#sides;
    const isAllPhotos = this.#rows.every((row) => countsAsPhoto(row.condition));
    if (centring === undefined || isAllPhotos) return RAW_PLAN;
    const owners = this.#rows.map(({ person }) => person);
    const conditions = this.#rows.map((row) => row.condition);
    const sums = new CentreSums({ owners, conditions }, centring.size, (each) => !countsAsPhoto(each));
    for (const [row, { vector }] of this.#rows.entries()) sums.add(row, vector);
    const templates = sums.centres();
    const photographs = photographCentreOf(centring.photographs, centring.size);
    return offsetPlan({ live: templates.get(condition), templates, photographs });
  }
}
