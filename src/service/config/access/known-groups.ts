/** Finds group names that no access rule uses: such a group grants nothing and, worse, denies nothing. */

import { VISITORS } from '../../../access/policy/permission.js';
import { idKey } from '../../../base/names.js';
import type { AccessConfig } from './access-section.js';

type Access = Pick<AccessConfig, 'groups'> | undefined;

/** The name as the rules spell it; unchanged where no rule has it. */
export const groupAsWritten = (access: Access, name: string): string =>
  access?.groups.find(({ id }) => idKey(id) === idKey(name))?.id ?? name;

/**
 * Returns the names that no rule uses, each once; none without rules.
 * @param marks further groups in use, such as that of an import.
 */
export function groupsWithoutRule(
  access: Access,
  names: Iterable<string>,
  marks: readonly string[] = [],
): readonly string[] {
  if (access === undefined) return [];
  const known = new Set([VISITORS, ...marks, ...access.groups.map(({ id }) => id)].map(idKey));
  return [...new Set(names)].filter((name) => !known.has(idKey(name)));
}

/** Hint for a group that no rule uses. */
export const groupWithoutRuleLine = (access: NonNullable<Access>, name: string): string =>
  `WARNING: no rule knows the group ${name}: it grants and denies nothing. Known here: ${access.groups.map(({ id }) => id).join(', ') || 'none'}.`;
