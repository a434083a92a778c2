/** The gallery as it grows during an import: each photograph is also compared with those accepted before it. */
import type { PersonId } from '../../base/ids.js';
import { distance } from '../../base/units.js';
import { boundedConditions } from '../../biometrics/conditions/bounded-conditions.js';
import {
  type CaptureCondition,
  countsAsPhoto,
  PHOTO,
} from '../../biometrics/conditions/capture-condition.js';
import { type Offsets, strictDistance } from '../../biometrics/conditions/centred.js';
import { CentreSums } from '../../biometrics/conditions/condition-centre.js';
import { type EnrolledCentres, offsetsBetween } from '../../biometrics/conditions/offsets-between.js';
import { photographCentreOf } from '../../biometrics/conditions/photograph-centre.js';
import type { Sides } from '../../biometrics/head/comparison.js';
import type { Likeness } from './enrollment-rules.js';
import type { GallerySnapshot } from './gallery-store.js';

interface Row {
  readonly person: PersonId;
  readonly condition: CaptureCondition;
  /** As the encoder gives it. */
  readonly trunk: Float32Array;
  /** As a template is compared. */
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
  /** What is taken away of two vectors; made again after each template of a camera that joined. */
  #between: ((template: CaptureCondition, live: CaptureCondition) => Offsets) | undefined;

  /** @param snapshot of trunk vectors; its matrix must not change. */
  constructor(snapshot: GallerySnapshot, sides: Sides) {
    const { owners, matrix, dimension } = snapshot;
    const conditions = boundedConditions(snapshot);
    this.#sides = sides;
    this.#rows = owners.map((person, row) => {
      const trunk = matrix.subarray(row * dimension, (row + 1) * dimension);
      const condition = conditions[row] ?? PHOTO;
      return { person, condition, trunk, vector: sides.template(trunk), consented: true };
    });
  }

  /** Templates, of all people together. */
  get size(): number {
    return this.#rows.length;
  }

  add({ person, vector, condition = PHOTO }: AddedTemplate, consented: boolean): void {
    const template = this.#sides.template(vector);
    this.#rows.push({ person, condition, trunk: vector, vector: template, consented });
    if (!countsAsPhoto(condition)) this.#between = undefined;
  }

  likeness(trunk: Float32Array, person: PersonId, condition: CaptureCondition = PHOTO): Likeness {
    const { live, metric } = this.#sides;
    this.#between ??= this.#offsetsBetween();
    const between = this.#between;
    const probe = live(trunk);
    let own = Number.POSITIVE_INFINITY;
    let nearest = Number.POSITIVE_INFINITY;
    let other: PersonId | undefined;
    for (const row of this.#rows) {
      if (row.person !== person && !row.consented) continue;
      const apart = strictDistance(metric, row.vector, probe, between(row.condition, condition));
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

  /** Of those who joined until now. */
  #offsetsBetween(): (template: CaptureCondition, live: CaptureCondition) => Offsets {
    const { centring, live, template } = this.#sides;
    if (centring === undefined) return () => ({});
    const ofTemplates = this.#centres(centring.size, ({ vector }) => vector);
    const isSameForBoth = live === template;
    const photographs = photographCentreOf(centring.photographs, centring.size);
    return offsetsBetween({
      template: ofTemplates,
      live: isSameForBoth ? ofTemplates : this.#centres(centring.size, ({ trunk }) => live(trunk)),
      photographs,
    });
  }

  #centres(size: number, of: (row: Row) => Float32Array): EnrolledCentres['template'] {
    const owners = this.#rows.map(({ person }) => person);
    const conditions = this.#rows.map((row) => row.condition);
    const sums = new CentreSums({ owners, conditions }, size, (each) => !countsAsPhoto(each));
    for (const [row, one] of this.#rows.entries()) if (sums.wants(row)) sums.add(row, of(one));
    return sums.centres();
  }
}
