/** Tracks whose face became another one: they end, and new ones begin in their place. */
import type { TrackId } from '../../base/ids.js';
import { type Monotonic, monotonic } from '../../base/units.js';
import { beginTrack } from './track.js';
import type { TrackedFaces } from './tracker.js';

/**
 * How long a face that took the place of another is looked at before it may count, in ms. A picture that is held up briefly
 * is gone by then; a person who was taken for another by mistake waits as long as one who is refused.
 */
const REPLACED_FOR = 1500;

/** When each track took the place of another. */
export type ReplacedAt = ReadonlyMap<TrackId, Monotonic>;

export interface AfterReplacing {
  readonly following: TrackedFaces;
  /** Under which track a face goes on that was followed as this one. */
  readonly idOf: (track: TrackId) => TrackId;
}

/** @param replaced tracks that show another face since this frame; one that began with it has the new face already. */
export function endReplaced(
  { tracks, faces, ended }: TrackedFaces,
  replaced: ReadonlySet<TrackId>,
  at: Monotonic,
  newId: () => TrackId,
): AfterReplacing {
  const over = tracks
    .filter(({ id, detections: sightings }) => replaced.has(id) && sightings > 1)
    .map(({ id }) => id);
  const next = new Map(over.map((id) => [id, newId()]));
  const idOf = (track: TrackId): TrackId => next.get(track) ?? track;
  return {
    idOf,
    following: {
      tracks: tracks.map((track) => {
        const id = next.get(track.id);
        return id === undefined ? track : beginTrack(id, track.face, at, true);
      }),
      faces: faces.map(({ face, track }) => ({ face, track: idOf(track) })),
      ended: [...ended, ...over],
    },
  };
}

/**
 * Those that took the place of another just before, with those that do so now.
 * @param continues lost tracks whose face goes on under another track: it goes on waiting, too.
 */
export function replacedAfter(
  before: ReplacedAt,
  now: readonly TrackId[],
  at: Monotonic,
  continues: ReadonlyMap<TrackId, readonly TrackId[]> = new Map(),
): ReplacedAt {
  const inherited = [...continues].flatMap(([track, lost]) =>
    lost.map((one) => [track, before.get(one)] as const),
  );
  const after = new Map<TrackId, Monotonic>();
  for (const [track, since] of [...before, ...inherited])
    if (since !== undefined && at - since < REPLACED_FOR)
      after.set(track, monotonic(Math.max(since, after.get(track) ?? since)));
  for (const track of now) after.set(track, at);
  return after;
}
