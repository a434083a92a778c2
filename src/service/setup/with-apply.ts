import type { GalleryStore } from '../../records/people/gallery-store.js';

/** Returns a store that changes people in another way, and is the same in everything else. */
export function withApply(store: GalleryStore, apply: GalleryStore['apply']): GalleryStore {
  return {
    version: () => store.version(),
    apply,
    snapshot: (digest, dimension) => store.snapshot(digest, dimension),
    find: (person) => store.find(person),
    storedSpelling: (person) => store.storedSpelling(person),
    list: () => store.list(),
    holderOf: (badge) => store.holderOf(badge),
    standingOf: (badge) => store.standingOf(badge),
    idClashes: () => store.idClashes(),
    sourcesEncoded: (digest, sources) => store.sourcesEncoded(digest, sources),
    vectors: (person) => store.vectors(person),
    close: () => store.close(),
  };
}
