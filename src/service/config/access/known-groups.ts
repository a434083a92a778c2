/** Groups that the access rules know. A group that no rule knows grants nothing and, worse, denies nothing. */

import { VISITORS } from '../../../access/policy/visitor.js';
import { idKey } from '../../../base/names.js';
import type { AccessConfig } from './access-section.js';

type Access = Pick<AccessConfig, 'groups'> | undefined;

/** As the rules write it; as it was given where none of them does. */
export const groupAsWritten = (access: Access, name: string): string =>
  access?.groups.find(({ id }) => idKey(id) === idKey(name))?.id ?? name;

/**
 * Those among the names that no rule knows, each once; none where there are no rules at all.
 * @param marks further groups that something else uses, such as that of an import.
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

/** Hint for a group that no rule knows. */
export const groupWithoutRuleLine = (access: NonNullable<Access>, name: string): string =>
  `WARNING: no rule knows the group ${name}: it grants and denies nothing. Known here: ${access.groups.map(({ id }) => id).join(', ') || 'none'}.`;
