/** `twinstile people groups`: shows and changes the access groups of a person. */

import { TwinstileError } from '../../base/errors.js';
import { ID_PATTERN } from '../../base/ids.js';
import { idKey } from '../../base/names.js';
import {
  groupAsWritten,
  groupsWithoutRule,
  groupWithoutRuleLine,
} from '../../service/config/access-model.js';
import type { Config } from '../../service/config/config-schema.js';
import type { Office } from '../../service/setup/open-gallery.js';
import type { OfficeDependencies } from '../office-dependencies.js';
import { findPerson } from '../person-lines.js';

/** Group of all people whom an import brought. */
const DIRECTORY = 'directory';

interface GroupOptions {
  readonly add?: readonly string[];
  readonly remove?: readonly string[];
  /** The rules, by which groups are written as they write them. */
  readonly access?: Config['access'];
}

/** @throws TwinstileError 'person-unknown' | 'bad-arguments'. */
export async function changeGroups(
  { print }: OfficeDependencies,
  office: Office,
  id: string,
  { add: asked = [], remove = [], access }: GroupOptions,
): Promise<void> {
  const bad = [...asked, ...remove].find((name) => !ID_PATTERN.test(name) || idKey(name) === 'everyone');
  const add = asked.map((name) => groupAsWritten(access, name));
  if (bad !== undefined)
    throw new TwinstileError({
      code: 'bad-arguments',
      message: `Expected the name of a group, got '${bad}'.`,
      hint: 'Groups are named in the configuration, under access.groups; "everyone" is there by itself.',
    });
  const { person: over } = await findPerson(office, id);
  const { groups = [], ...person } = over;
  const left = new Set(remove.map(idKey));
  // One spelling of each: the last one given.
  const next = [...new Map([...groups, ...add].map((name) => [idKey(name), name])).values()]
    .filter((name) => !left.has(idKey(name)))
    .sort();
  if (next.join(' ') !== [...groups].sort().join(' '))
    await office.gallery.apply([
      { kind: 'put-person', person: { ...person, groups: next.length === 0 ? undefined : next }, over },
    ]);
  if (access !== undefined)
    for (const name of groupsWithoutRule(access, next, [DIRECTORY]))
      print(groupWithoutRuleLine(access, name));
  print(`${id}: ${next.length === 0 ? 'no group but those of the configuration' : next.join(' ')}`);
}
