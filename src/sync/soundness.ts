/**
 * May these people be in a gallery here? A signed gallery can still be a bad one: made by a broken program, or by somebody
 * who has got hold of the site's key. One bad person refuses the whole of it.
 */
import type { ModelDigest } from '../base/ids.js';
import { bucketAt, placeOf } from './bucket.js';
import type { ReceivedPerson } from './published-person.js';
import { refused } from './refusal.js';

/** What the encoder that is in use here makes. */
export interface OwnVectors {
  readonly digest: ModelDigest;
  readonly dimension: number;
  /** Whether they are of unit length. */
  readonly isUnit: boolean;
}

export interface SegmentPlace {
  readonly bucket: number;
  readonly bits: number;
}

/** float32 rounds a length of one by a millionth. */
const UNIT_SLACK = 1e-3;
/** dlib's encoder, which is not brought to unit length, gives about 1.4; others up to some tens. */
const SHORTEST = 1e-3;
const LONGEST = 1e3;

/** Three hundred thousand times at a first sync: without the copy that Math.hypot(...vector) makes. */
function lengthOf(vector: Float32Array): number {
  let sum = 0;
  for (const value of vector) sum += value * value;
  return Math.sqrt(sum);
}

/** @throws TwinstileError 'fleet-refused'. */
export function expectSound(people: readonly ReceivedPerson[], own: OwnVectors, place: SegmentPlace): void {
  let before = '';
  for (const one of people) {
    const { id } = one.person;
    if (!(id > before)) throw refused('people rising by id, each once', `${id} after ${before}`);
    before = id;
    if (bucketAt(placeOf(one.person.id), place.bits) !== place.bucket)
      throw refused(`only people of segment ${place.bucket}`, id);
    expectSoundPerson(one, own);
  }
}

function expectSoundPerson({ person, badges, templates }: ReceivedPerson, own: OwnVectors): void {
  const whose = `of ${person.id}`;
  if (new Set(badges).size !== badges.length) throw refused(`each badge ${whose} once`, 'one twice');
  if (new Set(person.groups).size !== (person.groups ?? []).length)
    throw refused(`each group ${whose} once`, 'one twice');
  const { validFrom, validUntil } = person;
  if (validFrom !== undefined && validUntil !== undefined && !(validFrom < validUntil))
    throw refused(`a time ${whose} that ends after it begins`, 'one that does not');
  const seen = new Set<string>();
  for (const { digest, source, vector } of templates) {
    const key = `${digest}/${source}`;
    if (seen.has(key)) throw refused(`each template ${whose} once`, 'one twice');
    seen.add(key);
    const length = lengthOf(vector);
    if (!(length >= SHORTEST && length <= LONGEST))
      throw refused(`vectors ${whose} of a length that a face can have`, `${length}`);
    if (digest !== own.digest) continue;
    if (vector.length !== own.dimension)
      throw refused(`vectors ${whose} of ${own.dimension} numbers`, `${vector.length}`);
    if (own.isUnit && !(Math.abs(length - 1) <= UNIT_SLACK))
      throw refused(`vectors ${whose} of unit length`, `a length of ${length}`);
  }
}

/** A check for people who come little by little. It throws TwinstileError 'fleet-refused' when two of them have one badge. */
export function oneHolderEach(): (people: readonly ReceivedPerson[]) => void {
  const holders = new Map<string, string>();
  return (people) => {
    for (const { person, badges } of people)
      for (const badge of badges) {
        const other = holders.get(badge);
        if (other !== undefined) throw refused(`one holder of badge ${badge}`, `${other} and ${person.id}`);
        holders.set(badge, person.id);
      }
  };
}
