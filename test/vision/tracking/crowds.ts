/** Made scenes of people who hide each other, for the tracker: who is seen where in each frame. */
import fc from 'fast-check';
import { monotonic } from '../../../src/base/units.js';
import type { Face } from '../../../src/vision/detection/face.js';
import { overlap } from '../../../src/vision/geometry.js';
import { countTracks, type Track } from '../../../src/vision/tracking/track.js';
import { updateTracks } from '../../../src/vision/tracking/tracker.js';
import { faceAt } from './people.js';

export type SeenFace = Face & { readonly person: number };
export interface SceneFrame {
  readonly at: number;
  readonly seen: readonly SeenFace[];
}
export type Scene = readonly SceneFrame[];

/** Nearer faces hide those behind that share more than this with them. */
const HIDING = 0.3;
/** Where two heads meet in the picture one is nearer, the later of the two: its face is larger by this factor, or so. */
export const NEARER = 1.3;
const sideOf = (person: number, nearer: number): number => 40 * nearer ** person;

const { points } = faceAt(0, 0);
/** Somebody's face with its centre there; tracking looks at boxes alone, so that all share their landmarks. */
const personAt = (person: number, x: number, y: number, side: number): SeenFace => ({
  box: { x: x - side / 2, y: y - side * 0.6, width: side, height: side * 1.2 },
  score: 0.9,
  points,
  person,
});

const number = (min: number, max: number) => fc.double({ min, max, noNaN: true });
const ms = (min: number, max: number) => fc.integer({ min, max });

/** @returns those whose face no nearer head hides. */
const unhidden = (people: readonly SeenFace[]): readonly SeenFace[] =>
  people.filter(
    (one) => !people.some(({ box, person }) => person > one.person && overlap(box, one.box) > HIDING),
  );

/** Somebody who walks straight on: place in pixels, speed in face widths a second. */
const walker = fc.record({
  x: number(0, 640),
  y: number(100, 300),
  right: number(-3, 3),
  down: number(-1, 1),
});

/** People who walk straight on at one frame rate; each frame misses one of them, or nobody. */
export const walkers = (nearer = NEARER): fc.Arbitrary<Scene> =>
  fc
    .tuple(
      fc.array(walker, { minLength: 2, maxLength: 5 }),
      ms(30, 50),
      fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 40, maxLength: 40 }),
    )
    .map(([people, interval, missed]) =>
      missed.map((miss, frame) => {
        const seconds = (frame * interval) / 1000;
        const faces = people.map(({ x, y, right, down }, person) => {
          const side = sideOf(person, nearer);
          return personAt(person, x + right * side * seconds, y + down * side * seconds, side);
        });
        return { at: frame * interval, seen: unhidden(faces).filter(({ person }) => person !== miss) };
      }),
    );

interface Leg {
  readonly span: number;
  /** Face widths a second. */
  readonly right: number;
  readonly down: number;
}

interface Way {
  readonly x: number;
  readonly y: number;
  /** One after the other; stands afterwards. */
  readonly legs: readonly Leg[];
  /** When the face is turned away: it is not seen, and hides others all the same. */
  readonly away: readonly { readonly from: number; readonly span: number }[];
}

function placeOf({ x, y, legs }: Way, side: number, at: number): { readonly x: number; readonly y: number } {
  let [right, down, rest] = [x, y, at];
  for (const leg of legs) {
    const span = Math.min(rest, leg.span);
    right += (leg.right * side * span) / 1000;
    down += (leg.down * side * span) / 1000;
    rest -= span;
  }
  return { x: right, y: down };
}

const walks = fc.record({ span: ms(50, 900), right: number(-3, 3), down: number(-1, 1) });
const stands = fc.record({ span: ms(50, 900), right: fc.constant(0), down: fc.constant(0) });
const turnsAway = fc.array(fc.record({ from: ms(0, 2000), span: ms(20, 700) }), { maxLength: 3 });

/** Stops, goes on, turns back, looks away. */
const restless: fc.Arbitrary<Way> = fc.record({
  x: number(150, 490),
  y: number(140, 260),
  legs: fc.array(fc.oneof({ arbitrary: walks, weight: 3 }, { arbitrary: stands, weight: 1 }), {
    maxLength: 6,
  }),
  away: turnsAway,
});

/** Comes to a third who stands, behind whom she may turn back, or goes past. */
const comer = (from: number, to: number) =>
  fc.record({
    off: number(from, to),
    down: number(-0.3, 0.3),
    waits: ms(100, 600),
    speed: number(0.3, 3),
    span: ms(100, 900),
    turnsBack: fc.boolean(),
    away: turnsAway,
  });

/** Two who swap places behind a third, or turn back there. */
const swapping = (nearer: number): fc.Arbitrary<readonly Way[]> =>
  fc
    .tuple(number(280, 360), number(180, 220), comer(-2.5, -0.3), comer(0.3, 2.5), turnsAway)
    .map(([x, y, left, right, away]) => [
      ...[left, right].map((one): Way => {
        const speed = one.off < 0 ? one.speed : -one.speed;
        const legs = [
          { span: one.waits, right: 0, down: 0 },
          { span: one.span, right: speed, down: 0 },
        ];
        if (one.turnsBack) legs.push({ span: one.span, right: -speed, down: 0 });
        return {
          x: x + one.off * sideOf(2, nearer),
          y: y + one.down * sideOf(2, nearer),
          legs,
          away: one.away,
        };
      }),
      { x, y, legs: [], away },
    ]);

const ways = (nearer: number) =>
  fc.oneof(fc.array(restless, { minLength: 2, maxLength: 5 }), swapping(nearer));

/** Numbers 0..1 from a seed (mulberry32): cheaper than one arbitrary for each chance. */
function chances(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
const seed = fc.integer({ min: 0, max: 2 ** 32 - 1 });

/** How far off a detector is, as shares of a face: place and size. */
const JITTER = { place: 0.02, size: 0.02 };

function frameOf(
  people: readonly Way[],
  at: number,
  { chance, nearer }: { readonly chance: () => number; readonly nearer: number },
): SceneFrame {
  const off = (most: number) => (chance() * 2 - 1) * most;
  const faces = people.map((way, person) => {
    const side = sideOf(person, nearer);
    const { x, y } = placeOf(way, side, at);
    const seenSide = side * (1 + off(JITTER.size));
    return personAt(person, x + off(JITTER.place) * side, y + off(JITTER.place) * side, seenSide);
  });
  const missed = Math.floor(chance() * 10);
  const isAway = (person: number) =>
    (people[person]?.away ?? []).some(({ from, span }) => at >= from && at < from + span);
  return { at, seen: unhidden(faces).filter(({ person }) => person !== missed && !isAway(person)) };
}

/** People who stop, turn back, look away, and swap places behind a third, before a detector that jitters and misses. */
export const restlessPeople = (nearer = NEARER): fc.Arbitrary<Scene> =>
  fc.tuple(ways(nearer), ms(30, 50), seed).map(([people, interval, from]) => {
    const chance = chances(from);
    return Array.from({ length: 50 }, (_, frame) => frameOf(people, frame * interval, { chance, nearer }));
  });

const INTERVALS = [33, 40, 50, 66, 100];

/** The same people before a camera that drops one frame in five, and goes over to another frame rate. */
export const raggedCamera = (nearer = NEARER): fc.Arbitrary<Scene> =>
  fc
    .tuple(ways(nearer), fc.constantFrom(...INTERVALS), fc.constantFrom(...INTERVALS), seed)
    .map(([people, first, second, from]) => {
      const chance = chances(from);
      const changes = Math.floor(chance() * 40);
      const scene: SceneFrame[] = [];
      let time = 0;
      for (let frame = 0; frame < 50; frame += 1) {
        time += frame < changes ? first : second;
        // A time stamp may be a little late.
        const at = time + Math.floor(chance() * 10);
        const seen = frameOf(people, at, { chance, nearer });
        if (chance() >= 0.2) scene.push(seen);
      }
      return scene;
    });

export interface GoneOver {
  readonly at: number;
  readonly track: string;
  readonly from: number;
  readonly to: number;
}

/** The first time that a track goes over from one person to another. */
export function goneOver(scene: Scene): GoneOver | undefined {
  const rules = { minScore: 0.6, newId: countTracks('t') };
  const personOf = new Map<string, number>();
  let tracks: readonly Track[] = [];
  for (const { at, seen } of scene) {
    const following = updateTracks(tracks, seen, monotonic(at), rules);
    tracks = following.tracks;
    for (const { face, track } of following.faces) {
      const { person } = face as SeenFace;
      const before = personOf.get(track) ?? person;
      if (before !== person) return { at, track, from: before, to: person };
      personOf.set(track, person);
    }
  }
  return undefined;
}
