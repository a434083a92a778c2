import { type TrackId, trackId } from '../../base/ids.js';

/** Ids of one vision process: "3f2a-0", "3f2a-1" … @param epoch hexadecimal, random for each process. */
export function countTracks(epoch: string): () => TrackId {
  let count = 0;
  return () => {
    const id = trackId(`${epoch}-${count}`);
    count += 1;
    return id;
  };
}
