/**
 * Compares the looks of an enrollment with the gallery that a lane searches: as that lane compares, and without a second copy
 * of all templates in memory.
 */
import { distance } from '../../base/units.js';
import { PHOTO } from '../../biometrics/conditions/capture-condition.js';
import type { GalleryThrough } from '../../lane/gallery-through.js';
import type { AddedTemplate, EnrollmentGallery } from '../../records/people/growing-gallery.js';

export function createLiveEnrollmentGallery({
  snapshot,
  search,
  distanceTo,
}: GalleryThrough): EnrollmentGallery {
  const added: AddedTemplate[] = [];
  return {
    get size() {
      return snapshot.owners.length + added.length;
    },
    add(template) {
      added.push(template);
    },
    async likeness(trunk, person) {
      // The nearest is the person's own, or the nearest of all others is among these two.
      const other = (await search.closest(trunk, 2)).find((one) => one.person !== person);
      const stored = search.against(trunk, person) ?? Number.POSITIVE_INFINITY;
      const own = added
        .filter((one) => one.person === person)
        .reduce(
          (least, { vector, condition = PHOTO }) => Math.min(least, distanceTo(vector, trunk, condition)),
          stored,
        );
      return {
        other: other && { person: other.person, distance: other.distance },
        own: own === Number.POSITIVE_INFINITY ? undefined : distance(own),
      };
    },
  };
}
