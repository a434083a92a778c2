/** Serves snapshot requests: the next picture goes out once, and only while the request waits for it. */
import { type Millis, type Monotonic, monotonic } from '../../base/units.js';
import { SNAPSHOT } from '../frame/snapshot-request.js';
import type { Jpeg, Picture } from '../ports/picture.js';

export interface SnapshotRequests {
  /** The newest request takes the place of the one before. @param patience how long it waits. */
  accept(id: number, patience: Millis, now: Monotonic): void;
  /** To be called with each new picture; does nothing most of the time. */
  serve(picture: Pick<Picture, 'jpeg'>, now: Monotonic): void;
}

export function createSnapshotRequests(say: (id: number, jpeg: Jpeg) => void): SnapshotRequests {
  let wanted: { readonly id: number; readonly until: Monotonic } | undefined;
  return {
    accept(id, patience, now) {
      wanted = { id, until: monotonic(now + patience) };
    },
    serve(picture, now) {
      if (wanted === undefined) return;
      const { id, until } = wanted;
      wanted = undefined;
      // A camera that comes back later shows a person whose picture was not requested.
      if (now <= until) say(id, picture.jpeg(SNAPSHOT.side, SNAPSHOT.bytes));
    },
  };
}
