/**
 * Computes the centre of a capture condition: what all faces share that were captured there.
 *
 * One person counts once, however many templates there are of that person. Nothing of it is stored: with one person the
 * centre is that person's template.
 */
import type { PersonId } from '../../base/ids.js';
import type { CaptureCondition } from './capture-condition.js';

export interface ConditionCentre {
  /** Mean of vectors of unit length: [dimension], no longer than 1. */
  readonly mean: Float64Array;
  /** How many people it is made of, 0 or more; a fraction where passages of people without a name count. */
  readonly people: number;
}

/**
 * Share of a centre that is taken away: n / (n + 2) of n people, 0..1 exclusive.
 *
 * Of the shares that were tried it alone kept impostors out without refusing a lone person: n / (n + 1) refused enrolled
 * people, n / (n + 5) admitted impostors (docs/SIAMESE.md).
 */
export const shareOf = (people: number): number => (people > 0 ? people / (people + SHRINKAGE) : 0);

const SHRINKAGE = 2;

/** What is taken away from vectors of unit length: the centre times its share. */
export const offsetOf = ({ mean }: ConditionCentre, share: number): Float64Array =>
  mean.map((value) => share * value);

/** Weighs two centres of one condition by their people, as where templates and passages of one camera meet. */
export function joinedCentres(a: ConditionCentre, b: ConditionCentre): ConditionCentre {
  const people = a.people + b.people;
  if (!(people > 0)) return a;
  const mean = a.mean.map((value, i) => (value * a.people + (b.mean[i] ?? Number.NaN) * b.people) / people);
  return { mean, people };
}

/** Whose templates these are, and where they were captured. */
export interface CapturedRows {
  readonly owners: readonly PersonId[];
  /** Of each row. */
  readonly conditions: readonly CaptureCondition[];
}

/** Gathers the centres of some conditions from rows of a gallery, one row at a time. */
export class CentreSums {
  readonly #rows: CapturedRows;
  readonly #dimension: number;
  readonly #templates = new Map<CaptureCondition, Map<PersonId, number>>();
  readonly #sums = new Map<CaptureCondition, { readonly sum: Float64Array; people: number }>();

  /** @param isWanted of which conditions; rows of others are passed over. */
  constructor(rows: CapturedRows, dimension: number, isWanted: (condition: CaptureCondition) => boolean) {
    this.#rows = rows;
    this.#dimension = dimension;
    for (const [row, condition] of rows.conditions.entries()) {
      const person = rows.owners[row];
      if (person === undefined || !isWanted(condition)) continue;
      const templates = this.#templates.get(condition) ?? new Map<PersonId, number>();
      this.#templates.set(condition, templates.set(person, (templates.get(person) ?? 0) + 1));
    }
  }

  /** Whether the row's condition is one of those that are gathered. */
  wants(row: number): boolean {
    const condition = this.#rows.conditions[row];
    return condition !== undefined && this.#templates.has(condition);
  }

  /** @param vector [dimension or more], of which the first `dimension` count. One without a direction does not count. */
  add(row: number, vector: Float32Array): void {
    const condition = this.#rows.conditions[row];
    const person = this.#rows.owners[row];
    if (condition === undefined || person === undefined) return;
    const templates = this.#templates.get(condition)?.get(person);
    if (templates === undefined) return;
    const length = lengthOf(vector, this.#dimension);
    if (!(length > 0 && length < Number.POSITIVE_INFINITY)) return;
    const sums = this.#sums.get(condition) ?? { sum: new Float64Array(this.#dimension), people: 0 };
    for (let i = 0; i < this.#dimension; i += 1)
      sums.sum[i] = (sums.sum[i] ?? 0) + (vector[i] ?? Number.NaN) / (length * templates);
    sums.people += 1 / templates;
    this.#sums.set(condition, sums);
  }

  centres(): ReadonlyMap<CaptureCondition, ConditionCentre> {
    return new Map(
      [...this.#sums].map(([condition, { sum, people }]) => [
        condition,
        { mean: sum.map((value) => value / people), people },
      ]),
    );
  }
}

/** Length of the first `dimension` numbers. */
export function lengthOf(vector: Float32Array | Float64Array, dimension = vector.length): number {
  let squares = 0;
  for (let i = 0; i < dimension; i += 1) squares += (vector[i] ?? Number.NaN) ** 2;
  return Math.sqrt(squares);
}
