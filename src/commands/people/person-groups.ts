/** `twinstile people groups`: to which access groups somebody belongs. */
import type { Office } from '../../app/gallery/open-gallery.js';
import { TwinstileError } from '../../base/errors.js';
import { ID_PATTERN } from '../../base/ids.js';
import type { OfficeWorld } from '../fleet/office-world.js';
import { found } from './person-found.js';

interface GroupOptions {
  readonly add?: readonly string[];
  readonly remove?: readonly string[];
}

/** @throws TwinstileError 'person-unknown' | 'bad-arguments'. */
export async function changeGroups(
  { print }: OfficeWorld,
  office: Office,
  id: string,
  { add = [], remove = [] }: GroupOptions,
): Promise<void> {
  const bad = [...add, ...remove].find((name) => !ID_PATTERN.test(name) || name === 'everyone');
  if (bad !== undefined)
    throw new TwinstileError({
      code: 'bad-arguments',
      message: `Expected the name of a group, got '${bad}'.`,
      hint: 'Groups are named in the configuration, under access.groups; "everyone" is there by itself.',
    });
  const { person: over } = await found(office, id);
  const { groups = [], ...person } = over;
  const next = [...new Set([...groups, ...add])].filter((name) => !remove.includes(name)).sort();
  if (next.join(' ') !== [...groups].sort().join(' '))
    await office.gallery.apply([
      { kind: 'put-person', person: { ...person, ...(next.length === 0 ? {} : { groups: next }) }, over },
    ]);
  print(`${id}: ${next.length === 0 ? 'no group but those of the configuration' : next.join(' ')}`);
}
