/** Gathers the distances between different people of a site, by the conditions under which their templates were captured. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { PersonId } from '../../base/ids.js';
import { type CaptureCondition, countsAsPhoto } from '../../biometrics/conditions/capture-condition.js';
import {
  type CentredVector,
  largerDistance,
  type Offsets,
  withoutOffset,
} from '../../biometrics/conditions/centred.js';
import { lengthOf, shareOf } from '../../biometrics/conditions/condition-centre.js';
import { type OffsetPlan, offsetsTo } from '../../biometrics/conditions/offset-plan.js';
import type { Metric } from '../../biometrics/distance.js';
import type { SitePairs } from '../../biometrics/statistics/site-promise.js';
import type { GallerySnapshot } from './gallery-store.js';

/** Enrolled people as they are compared. */
export interface ComparedPeople {
  /** Of what templates are compared as. */
  readonly rows: Pick<GallerySnapshot, 'matrix' | 'owners' | 'conditions' | 'dimension'>;
  readonly metric: Metric;
  /** A row as a live face is compared; absent: like a template. */
  readonly liveOf?: (row: number) => Float32Array;
}

/** Where faces are live, and what is taken away from them and from templates. */
export interface LiveCondition {
  /** Absent: unknown. */
  readonly condition?: CaptureCondition;
  readonly plan: OffsetPlan;
}

/** 44,850 pairs, about 100 ms of work: the exact interval of none ends at 1 in 12,000, below the 1 in 10,000 of a badge's face. */
const MOST_PEOPLE = 300;

/** Pairs between two turns of the event loop: about 1 ms. */
const PAIRS_PER_TURN = 500;

/** In a centre of more people one of them does not matter. */
const FEW_PEOPLE = 50;

/**
 * Compares each two people once under each condition that templates come from: a template of the one with a template of the
 * other that was captured where faces are live. The other one is left out of the centre, as an impostor is.
 *
 * Where no person was enrolled there and the live side stays raw, it is two templates of one condition, raw: templates of an
 * unknown condition that came from the gate's camera show themselves by that.
 * @returns nothing of conditions that can show nothing.
 */
export async function sitePairs(people: ComparedPeople, side: LiveCondition): Promise<readonly SitePairs[]> {
  const byCondition = rowsByCondition(people);
  const live = side.condition === undefined ? undefined : byCondition.get(side.condition);
  if (live === undefined && side.plan.live !== undefined) return [];
  const found: SitePairs[] = [];
  for (const [template, rows] of byCondition) {
    const raw: Offsets = { stretch: offsetsTo(side.plan, template).stretch };
    const offsetsFor = live === undefined ? () => raw : offsetsWithout(people, side, template);
    const distances = await distancesBetween(people, {
      template: few(rows),
      live: few(live ?? rows),
      offsetsFor,
    });
    if (distances.length > 0) found.push({ template, distances });
  }
  return found;
}

const RAW: Offsets = {};

/** Rows of each person. */
type RowsOfPeople = ReadonlyMap<PersonId, readonly number[]>;

export function rowsByCondition({ rows }: ComparedPeople): ReadonlyMap<CaptureCondition, RowsOfPeople> {
  const all = new Map<CaptureCondition, Map<PersonId, number[]>>();
  for (const [row, condition] of rows.conditions.entries()) {
    const person = rows.owners[row];
    if (person === undefined) continue;
    const people = all.get(condition) ?? new Map<PersonId, number[]>();
    all.set(condition, people);
    const own = people.get(person) ?? [];
    people.set(person, own);
    own.push(row);
  }
  return all;
}

/** At most 300 people, spread over the whole gallery. */
export function few(rows: RowsOfPeople): RowsOfPeople {
  const all = [...rows];
  const step = Math.max(1, all.length / MOST_PEOPLE);
  const picked = Array.from(
    { length: Math.min(MOST_PEOPLE, all.length) },
    (_, i) => all[Math.floor(i * step)],
  );
  return new Map(picked.flatMap((one) => (one === undefined ? [] : [one])));
}

/** What is taken away from the templates of one condition and from a live person who is not enrolled. */
type OffsetsFor = (live: readonly number[]) => Offsets;

/** Leaves the live person out of the centres, as an impostor is not in them; distances count as much longer as the lane's own. */
export function offsetsWithout(
  people: ComparedPeople,
  { condition, plan }: LiveCondition,
  template: CaptureCondition,
): OffsetsFor {
  const whole = offsetsTo(plan, template);
  const { live } = plan;
  if (live === undefined || !(plan.people <= FEW_PEOPLE)) return () => whole;
  const [before, after] = [shareOf(plan.people), shareOf(plan.people - 1)];
  const leave = (offset: Float64Array, own: Float64Array): Float64Array =>
    offset.map((value, i) => {
      const mean = (value / before) * plan.people - (own[i] ?? Number.NaN);
      return plan.people > 1 ? (after * mean) / (plan.people - 1) : 0;
    });
  return (rows) => {
    const size = live.length;
    const own = meanOf(
      rows.map((row) => liveOf(people, row)),
      size,
    );
    const photo = whole.template?.map((value) => (value * after) / before);
    const here = meanOf(
      rows.map((row) => templateOf(people, row)),
      size,
    );
    return {
      stretch: whole.stretch,
      live: leave(live, own),
      template:
        whole.template !== undefined && template === condition
          ? leave(whole.template, here)
          : countsAsPhoto(template)
            ? photo
            : whole.template,
    };
  };
}

/** Mean direction of the first `size` numbers. */
function meanOf(vectors: readonly Float32Array[], size: number): Float64Array {
  const sum = new Float64Array(size);
  for (const vector of vectors) {
    const length = lengthOf(vector, size);
    for (let i = 0; i < size; i += 1) sum[i] = (sum[i] ?? 0) + (vector[i] ?? Number.NaN) / length;
  }
  return sum.map((value) => value / vectors.length);
}

interface BothSides {
  readonly template: RowsOfPeople;
  readonly live: RowsOfPeople;
  readonly offsetsFor: OffsetsFor;
}

/** Each two people once; who of them is live, and which of their templates meet, goes around, so that none is favoured. */
async function distancesBetween(
  people: ComparedPeople,
  { template, live, offsetsFor }: BothSides,
): Promise<Float32Array> {
  const places = new Map([...new Set([...template.keys(), ...live.keys()])].map((person, i) => [person, i]));
  const distances: number[] = [];
  const cached = new Map<number, CentredVector>();
  let offsetsOfCache: Offsets = RAW;
  for (const [face, faceRows] of live) {
    const offsets = offsetsFor(faceRows);
    if (offsets !== offsetsOfCache) cached.clear();
    offsetsOfCache = offsets;
    const probes = faceRows.map((row) => withoutOffset(liveOf(people, row), offsets.live));
    for (const [person, rows] of template) {
      const [a, b] = [places.get(person) ?? 0, places.get(face) ?? 0];
      const isBothWays = template.has(face) && live.has(person);
      if (person === face || (isBothWays && a < b !== ((a + b) % 2 === 0))) continue;
      if (distances.length % PAIRS_PER_TURN === PAIRS_PER_TURN - 1) await nextTurn();
      const row = rows[(a + b) % rows.length] ?? -1;
      const probe = probes[(a + b) % probes.length];
      const enrolled = cached.get(row) ?? withoutOffset(templateOf(people, row), offsets.template);
      cached.set(row, enrolled);
      if (probe !== undefined)
        distances.push(largerDistance(people.metric, enrolled, probe, offsets.stretch));
    }
  }
  return Float32Array.from(distances);
}

export const templateOf = ({ rows: { matrix, dimension } }: ComparedPeople, row: number): Float32Array =>
  matrix.subarray(row * dimension, (row + 1) * dimension);

const liveOf = (people: ComparedPeople, row: number): Float32Array =>
  people.liveOf?.(row) ?? templateOf(people, row);
