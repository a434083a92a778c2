import type { GalleryStore } from '../../records/people/gallery-store.js';

/** Wraps a store with another `apply`; its other methods are unchanged. */
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
