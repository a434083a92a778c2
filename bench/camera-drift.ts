/**
 * How much of what people differ by from their templates is the camera: what adaptation/camera-drift.ts decides by.
 *
 *   node --import tsx bench/camera-drift.ts ENROLLED SEEN [PACK]
 *
 * Both are folders of clips with identities.csv (file, identity), of the same people: the clips of one camera, and the same clips
 * as another light shows them (bench/altered-clips.ts), or once more the same folder. Each person is seen in one clip and enrolled
 * by another. The last lines take the mean of SEEN away and put the photographs' centre, or one photograph-like direction as
 * strong, in its place: a camera that was replaced.
 */

import { sharedSquare } from '../src/adaptation/camera-drift.js';
import { normal, randomFrom } from '../src/base/random.js';
import { photographCentreOf } from '../src/biometrics/conditions/photograph-centre.js';
import { packsFolder } from '../src/biometrics/packs/pack-catalog.js';
import { openPacks } from '../src/biometrics/packs/pack-store.js';
import { readIdentities } from '../src/lab/evaluate/files/identities.js';
import { watchClip } from '../src/service/setup/clip-tracks.js';
import { recordingVisionSettings } from '../src/service/setup/vision-process.js';

const [enrolledFolder = '', seenFolder = '', pack = 'mobile'] = process.argv.slice(2);
const packFolder = packsFolder({ argument: undefined, env: process.env });
const { card } = await openPacks(packFolder).open(pack);
const { dimension } = card.encoder;
const settings = recordingVisionSettings(pack, packFolder);
const signal = new AbortController().signal;

type Means = ReadonlyMap<string, readonly Float64Array[]>;

const unit = (vector: ArrayLike<number>): Float64Array => {
  const length = Math.hypot(...Array.from(vector));
  return Float64Array.from(vector, (value) => value / length);
};
const meanOf = (vectors: readonly Float64Array[]): Float64Array => {
  const sum = new Float64Array(dimension);
  for (const vector of vectors)
    for (let i = 0; i < dimension; i += 1) sum[i] = (sum[i] ?? 0) + (vector[i] ?? 0) / vectors.length;
  return sum;
};

/** Of each person the mean of each clip, in the order of the list. */
async function meansOf(folder: string): Promise<Means> {
  const means = new Map<string, Float64Array[]>();
  for (const { path, person } of await readIdentities(folder)) {
    const { tracks } = await watchClip(path, settings, dimension, signal);
    const looks = tracks.flat().map(unit);
    if (looks.length > 0) means.set(person, [...(means.get(person) ?? []), meanOf(looks)]);
  }
  return means;
}

function* setsOf<T>(all: readonly T[], size: number): Generator<readonly T[]> {
  if (size === 0) yield [];
  else
    for (const [i, one] of all.entries())
      for (const rest of setsOf(all.slice(i + 1), size - 1)) yield [one, ...rest];
}

const enrolled = await meansOf(enrolledFolder);
const seen = enrolledFolder === seenFolder ? enrolled : await meansOf(seenFolder);
const people = [...enrolled.keys()].filter(
  (person) => (enrolled.get(person)?.length ?? 0) > 1 && (seen.get(person)?.length ?? 0) > 1,
);
const centre = meanOf([...seen.values()].map(meanOf));
const strength = Math.hypot(...centre);
const random = randomFrom(1);
const direction = unit(Float64Array.from({ length: dimension }, () => normal(random)));
const photographs = photographCentreOf(card.photographs, dimension);
const cameras: Readonly<Record<string, Float64Array | undefined>> = {
  'as seen': centre,
  'moved by half': centre.map((value) => value / 2),
  photographs: photographs?.mean,
  'as strong': direction.map((value) => strength * value),
};

for (const [name, other] of Object.entries(cameras)) {
  if (other === undefined) continue;
  for (const size of [2, 3, people.length]) {
    const shared: number[] = [];
    for (const set of setsOf(people, size))
      for (const turn of [0, 1])
        shared.push(
          sharedSquare(
            set.map((person) => {
              const live = seen.get(person)?.[1 - turn] ?? new Float64Array(dimension);
              const there = unit(live.map((value, i) => value - (centre[i] ?? 0) + (other[i] ?? 0)));
              const length = name === 'as seen' ? Math.hypot(...live) : 1;
              const own = enrolled.get(person)?.[turn];
              return there.map((value, i) => length * value - (own?.[i] ?? 0));
            }),
          ),
        );
    shared.sort((a, b) => a - b);
    const [least, middle, most] = [0, shared.length >> 1, shared.length - 1].map((i) =>
      shared[i]?.toFixed(3),
    );
    console.log(`${name.padEnd(14)} ${size} people, ${shared.length} sets: ${least} ${middle} ${most}`);
  }
}
