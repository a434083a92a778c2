/** A fixed camera: clips of known people against each other, by frame and by track. */
import { distanceOf } from '../../biometrics/distance.js';
import type { Comparison } from '../../biometrics/head/comparison.js';
import { extremesOf } from '../../biometrics/statistics/ranked.js';
import { type MatchRate, matchRatesAt } from '../../biometrics/statistics/verification-rates.js';
import type { ClipTracks } from '../../service/setup/clip-tracks.js';
import { betweenAtCamera, type IndexedBetween } from './same-camera.js';
import { type Spread, spreadOf, WORST, type WorstPairs } from './spread.js';

export interface WatchedClip extends ClipTracks {
  readonly file: string;
  readonly person: string;
}

/** Pairs are of different clips only: frames of one clip are similar regardless of the person. */
export interface ClipRates {
  /** Frames or tracks that were compared. */
  readonly probes: number;
  readonly matedPairs: number;
  readonly impostorPairs: number;
  readonly rates: readonly MatchRate[];
  /** Of the probes whose person is in another clip too: to how many the nearest of the other clips is the same person. */
  readonly nearest: { readonly right: number; readonly of: number };
}

export interface ClipsResult {
  readonly pack: string;
  readonly digest: string;
  readonly head: Comparison['head']['kind'];
  readonly isSameCamera: boolean;
  readonly people: number;
  readonly clips: readonly Omit<WatchedClip, 'tracks'>[];
  readonly withoutLook: readonly string[];
  readonly byFrame: ClipRates & { readonly spread: Spread; readonly worst: WorstPairs };
  readonly byTrack: ClipRates;
}

interface Seen {
  readonly clip: number;
  readonly name: string;
  readonly person: string;
  readonly vector: Float32Array;
}

const RATES = [1e-2, 1e-3];

export interface ClipsOptions {
  /** At most so many looks of one track, spread over it: neighbours show the same. */
  readonly perTrack: number;
  /** Compared as a lane does whose templates its own camera captured; else as photographs from elsewhere. */
  readonly isSameCamera?: boolean;
}

export function evaluateClips(
  clips: readonly WatchedClip[],
  pack: string,
  comparison: Comparison,
  { perTrack, isSameCamera = false }: ClipsOptions,
): ClipsResult {
  const seen = (vectorsOf: (track: readonly Float32Array[]) => readonly Float32Array[]): readonly Seen[] =>
    clips.flatMap(({ tracks, person, file }, clip) =>
      tracks.flatMap((track, n) =>
        vectorsOf(track).map((vector, look) => ({
          clip,
          person,
          name: `${file} track ${n + 1} look ${look + 1}`,
          vector,
        })),
      ),
    );
  const between = (vectors: readonly Seen[]): IndexedBetween =>
    isSameCamera ? betweenAtCamera(vectors, comparison) : betweenRaw(vectors, comparison);
  const frames = measure(
    seen((track) => spacedOut(track, perTrack)),
    between,
  );
  const tracks = measure(
    seen((track) => [meanOf(track)]),
    between,
  );
  return {
    pack,
    digest: comparison.digest,
    head: comparison.head.kind,
    isSameCamera,
    people: new Set(clips.map(({ person }) => person)).size,
    clips: clips.map(({ tracks: _, ...clip }) => clip),
    withoutLook: clips.filter(({ tracks: none }) => none.length === 0).map(({ file }) => file),
    byFrame: { ...frames.rates, spread: spreadOf(frames.mated, frames.impostors), worst: frames.worst },
    byTrack: tracks.rates,
  };
}

function betweenRaw(seen: readonly Seen[], comparison: Comparison): IndexedBetween {
  const templates = seen.map(({ vector }) => comparison.template(vector));
  const lives = seen.map(({ vector }) => comparison.live(vector));
  const nothing = new Float32Array();
  return (i, j) => distanceOf[comparison.metric](templates[i] ?? nothing, lives[j] ?? nothing);
}

function measure(seen: readonly Seen[], betweenOf: (seen: readonly Seen[]) => IndexedBetween) {
  const between = betweenOf(seen);
  const mated: number[] = [];
  const impostors: number[] = [];
  const far = extremesOf('far', WORST);
  const near = extremesOf('near', WORST);
  const closest = seen.map(() => ({ distance: Number.POSITIVE_INFINITY, right: false, hasOwn: false }));
  seen.forEach((a, i) => {
    seen.forEach((b, j) => {
      const best = closest[j];
      if (a.clip === b.clip || best === undefined) return;
      const same = a.person === b.person;
      const apart = between(i, j);
      if (same) best.hasOwn = true;
      if (apart < best.distance) Object.assign(best, { distance: apart, right: same });
      if (j <= i) return;
      (same ? mated : impostors).push(apart);
      (same ? far : near).offer(apart, i, j);
    });
  });
  const asked = closest.filter(({ hasOwn }) => hasOwn);
  const [own, others] = [Float32Array.from(mated), Float32Array.from(impostors)];
  const named = ({
    a,
    b,
    distance,
  }: {
    readonly a: number;
    readonly b: number;
    readonly distance: number;
  }) => ({
    a: seen[a]?.name ?? '',
    b: seen[b]?.name ?? '',
    distance,
  });
  return {
    mated: own,
    impostors: others,
    worst: { mated: far.take().map(named), impostors: near.take().map(named) },
    rates: {
      probes: seen.length,
      matedPairs: own.length,
      impostorPairs: others.length,
      rates: matchRatesAt(RATES, own, others),
      nearest: { right: asked.filter(({ right }) => right).length, of: asked.length },
    },
  };
}

function spacedOut(track: readonly Float32Array[], most: number): readonly Float32Array[] {
  if (track.length <= most) return track;
  return Array.from({ length: most }, (_, i) => track[Math.floor(((i + 0.5) * track.length) / most)]).filter(
    (vector) => vector !== undefined,
  );
}

/** Of the trunk's vectors; not brought to unit length again, which neither euclidean nor cosine distance would need for vectors as similar as a track's. */
function meanOf(track: readonly Float32Array[]): Float32Array {
  const sum = new Float64Array(track[0]?.length ?? 0);
  for (const vector of track)
    vector.forEach((value, i) => {
      sum[i] = (sum[i] ?? 0) + value;
    });
  return Float32Array.from(sum, (value) => value / track.length);
}
