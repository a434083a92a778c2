/** The person of that id, or a word about where to look. */

import { TwinstileError } from '../../base/errors.js';
import { personId } from '../../base/ids.js';
import type { Enrolled } from '../../records/people/gallery-store.js';
import { nearestIds } from '../../records/people/nearest-ids.js';
import type { Office } from '../../service/setup/open-gallery.js';

/** @throws TwinstileError 'person-unknown'. */
export async function findPerson({ gallery }: Office, id: string): Promise<Enrolled> {
  const person = await gallery.find(personId(id));
  if (person !== undefined) return person;
  throw new TwinstileError({
    code: 'person-unknown',
    message: `Expected the id of somebody who is enrolled, got '${id}'.`,
    hint: nearHint(
      id,
      (await gallery.list()).map(({ person }) => person.id),
    ),
  });
}

/** Where to look for the right id, with those that look like it. */
export function nearHint(id: string, known: readonly string[]): string {
  const near = nearestIds(id, known);
  const list = 'See who is enrolled with: twinstile people list';
  return near.length === 0 ? list : `Nearest: ${near.join(', ')}. ${list}`;
}
