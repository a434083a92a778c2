/**
 * Gathers what faces that were met show of a site's impostors: people who were let in, against the others, and newcomers who
 * were refused because they look like another, against the rest. Only counts remain.
 */
import type { DayAt } from '../access/policy/schedule.js';
import type { PersonId } from '../base/ids.js';
import type { WallTime } from '../base/units.js';
import type { CaptureCondition } from '../biometrics/conditions/capture-condition.js';
import type { MetSource } from '../biometrics/statistics/impostor-counts.js';
import type { GalleryThrough, MetCounts } from '../lane/gallery-through.js';
import type { MetFace } from '../records/people/met-pairs.js';
import type { ImpostorStore } from './impostor-store.js';

type Compared = Pick<GalleryThrough, 'impostorsOf' | 'comparison' | 'plan'>;

/** A face under one condition. */
interface FaceMet {
  readonly live: CaptureCondition;
  /** As the encoder gives it. */
  readonly vector: Float32Array;
}

export interface MetEvidence {
  /** Rises when `load` would give something else: with each day, and with each newcomer who was refused. */
  generation(): number;
  /** What is held against the table. Today's passages are not in it: a part of a day is none. */
  load(live: CaptureCondition): Promise<readonly MetCounts[]>;
  /** A person was let in. Each person counts once a day and condition, however often they pass. */
  passed(face: FaceMet & { readonly person: PersonId }, gallery: Compared): Promise<void>;
  /** A newcomer was refused. @param face `like`: whom the newcomer looks like, and may be. */
  refused(
    face: FaceMet & { readonly person: PersonId; readonly like: PersonId },
    gallery: Compared,
  ): Promise<void>;
}

/** Bounds the memory; a day's counts are bounded below that. */
const MOST_PEOPLE = 5000;

export function createMetEvidence(
  store: ImpostorStore,
  { dayAt, now }: { readonly dayAt: DayAt; readonly now: () => WallTime },
): MetEvidence {
  let generation = 0;
  let today = '';
  const counted = new Set<string>();
  const turn = (): string => {
    // A clock that shows no day has one day.
    const day = dayAt(now()) ?? '1970-01-01';
    if (day === today) return day;
    today = day;
    generation += 1;
    counted.clear();
    return day;
  };
  const count = async (source: MetSource, { live, ...face }: MetFace & FaceMet, by: Compared) => {
    const day = turn();
    const met = by.impostorsOf(face);
    const { digest: comparison } = by.comparison;
    for (const [template, distances] of met)
      await store.add({ comparison, live, template, centredBy: by.plan.people, day, source }, distances);
  };
  return {
    generation() {
      turn();
      return generation;
    },
    async load(live) {
      const day = turn();
      return (await store.load(live)).filter((one) => one.source === 'lookalike' || one.day !== day);
    },
    async passed(face, gallery) {
      turn();
      const key = `${face.live} ${face.person}`;
      if (counted.has(key) || counted.size >= MOST_PEOPLE) return;
      counted.add(key);
      await count('passage', face, gallery);
    },
    async refused(face, gallery) {
      await count('lookalike', face, gallery);
      generation += 1;
    },
  };
}
