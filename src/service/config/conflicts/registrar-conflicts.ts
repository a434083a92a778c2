/** Refuses keys that a registrar with its people in PostgreSQL cannot have. Reads the raw document. */

import { isRegistrarConfig } from '../registrar/registrar-defaults.js';
import { isGroup, type Problem } from '../sections/config-problem.js';

export function registrarConflicts(root: unknown): readonly Problem[] {
  if (!isGroup(root) || !isRegistrarConfig(root)) return [];
  const follows = isGroup(root.gallery) && root.gallery.fleet !== undefined;
  const keeps = isGroup(root.privacy) && root.privacy.store_face_crops === true;
  return [
    ...(follows
      ? [
          {
            path: 'gallery.fleet',
            text: 'Expected nothing beside registrar.database: a registrar publishes, a box follows. Remove one of them.',
          },
        ]
      : []),
    ...(keeps
      ? [
          {
            path: 'privacy.store_face_crops',
            text: 'Expected it off where people are kept in a registrar’s database, got it on: crops lie in a box’s own file. Remove one.',
          },
        ]
      : []),
  ];
}
