/** Gathers the distances between different people of a site, by the conditions under which their templates were captured. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { PersonId } from '../../base/ids.js';
import type { CaptureCondition } from '../../biometrics/conditions/capture-condition.js';
import { type CentredVector, largerDistance, withoutOffset } from '../../biometrics/conditions/centred.js';
import type { OffsetPlan } from '../../biometrics/conditions/offset-plan.js';
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

/** 44,850 pairs, about 40 ms of work: the exact interval of none ends at 1 in 12,000, below the 1 in 10,000 of a badge's face. */
const MOST_PEOPLE = 300;

/** Pairs between two turns of the event loop: about 1 ms. */
const PAIRS_PER_TURN = 1500;

/**
 * Compares each two people once under each condition that templates come from: a template of the one with a template of the
 * other that was captured where faces are live.
 *
 * Where nobody was enrolled there and the live side stays raw, it is two templates of one condition, raw: gate cameras from
 * which templates of an unknown condition came show themselves by that.
 * @returns nothing of conditions that can show nothing.
 */
export async function sitePairs(people: ComparedPeople, side: LiveCondition): Promise<readonly SitePairs[]> {
  const byCondition = rowsByCondition(people);
  const live = side.condition === undefined ? undefined : byCondition.get(side.condition);
  if (live === undefined && side.plan.live !== undefined) return [];
  const found: SitePairs[] = [];
  for (const [template, rows] of byCondition) {
    const offset = live === undefined ? undefined : side.plan.template(template);
    const distances = await distancesBetween(people, {
      template: centredRows(rows, (row) => withoutOffset(templateOf(people, row), offset)),
      live: centredRows(live ?? rows, (row) => withoutOffset(liveOf(people, row), side.plan.live)),
    });
    if (distances.length > 0) found.push({ template, distances });
  }
  return found;
}

type RowsOfPeople = ReadonlyMap<PersonId, readonly number[]>;

function rowsByCondition({ rows }: ComparedPeople): ReadonlyMap<CaptureCondition, RowsOfPeople> {
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

type VectorsOfPeople = ReadonlyMap<PersonId, readonly CentredVector[]>;

/** Of at most 450 people, spread over the whole gallery. */
function centredRows(rows: RowsOfPeople, vectorOf: (row: number) => CentredVector): VectorsOfPeople {
  const all = [...rows];
  const step = Math.max(1, all.length / MOST_PEOPLE);
  const picked = Array.from({ length: Math.ceil(all.length / step) }, (_, i) => all[Math.floor(i * step)]);
  return new Map(
    picked.flatMap((one) => (one === undefined ? [] : [[one[0], one[1].map(vectorOf)] as const])),
  );
}

/** Each two people once: which of their templates meet, and who is live, goes around, so that no template is favoured. */
async function distancesBetween(
  { metric }: Pick<ComparedPeople, 'metric'>,
  { template, live }: Readonly<Record<'template' | 'live', VectorsOfPeople>>,
): Promise<Float32Array> {
  const people = [...new Set([...template.keys(), ...live.keys()])];
  const distances: number[] = [];
  let turn = 0;
  for (const [i, one] of people.entries())
    for (const other of people.slice(i + 1)) {
      turn += 1;
      if (turn % PAIRS_PER_TURN === 0) await nextTurn();
      const ways = [
        [template.get(one), live.get(other)],
        [template.get(other), live.get(one)],
      ] as const;
      const able = ways.filter(([a, b]) => a !== undefined && b !== undefined);
      const [a = [], b = []] = able[turn % Math.max(1, able.length)] ?? [];
      const [enrolled, face] = [a[turn % Math.max(1, a.length)], b[turn % Math.max(1, b.length)]];
      if (enrolled !== undefined && face !== undefined)
        distances.push(largerDistance(metric, enrolled, face));
    }
  return Float32Array.from(distances);
}

const templateOf = ({ rows: { matrix, dimension } }: ComparedPeople, row: number): Float32Array =>
  matrix.subarray(row * dimension, (row + 1) * dimension);

const liveOf = (people: ComparedPeople, row: number): Float32Array =>
  people.liveOf?.(row) ?? templateOf(people, row);
