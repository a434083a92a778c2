/**
 * Compares the looks of an enrollment with the gallery that a lane searches: as that lane compares, and without a second copy
 * of all templates in memory.
 */
import type { PersonId } from '../../base/ids.js';
import { distance } from '../../base/units.js';
import type { GalleryThrough } from '../../lane/gallery-through.js';
import type { EnrollmentGallery } from '../../records/people/growing-gallery.js';

export function createLiveEnrollmentGallery({
  snapshot,
  search,
  comparison,
}: GalleryThrough): EnrollmentGallery {
  const added: { readonly person: PersonId; readonly vector: Float32Array }[] = [];
  return {
    get size() {
      return snapshot.owners.length + added.length;
    },
    add({ person, vector }) {
      added.push({ person, vector });
    },
    async likeness(trunk, person) {
      // The nearest is the person's own, or the nearest of all others is among these two.
      const other = (await search.closest(trunk, 2)).find((one) => one.person !== person);
      const stored = search.against(trunk, person) ?? Number.POSITIVE_INFINITY;
      const own = added
        .filter((one) => one.person === person)
        .reduce((least, one) => Math.min(least, comparison.between(one.vector, trunk)), stored);
      return {
        other: other && { person: other.person, distance: other.distance },
        own: own === Number.POSITIVE_INFINITY ? undefined : distance(own),
      };
    },
  };
}
