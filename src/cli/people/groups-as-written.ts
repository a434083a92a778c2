/** Writes the groups of candidates as the access rules write them, and lists those that no rule names. */
import type { EnrollmentCandidate } from '../../records/enrollment/enrollment-report.js';
import {
  groupAsWritten,
  groupsWithoutRule,
  groupWithoutRuleLine,
} from '../../service/config/access-model.js';
import type { Config } from '../../service/config/config-schema.js';

/** `Suspended` of a list is the rules' `suspended`. */
export function withGroupsAsWritten(
  candidate: EnrollmentCandidate,
  access: Config['access'],
): EnrollmentCandidate {
  const { groups } = candidate.person;
  if (groups === undefined) return candidate;
  const written = [...new Set(groups.map((name) => groupAsWritten(access, name)))];
  return { ...candidate, person: { ...candidate.person, groups: written } };
}

/** Lines for the terminal; empty without access rules. */
export function unknownGroupLines(
  candidates: readonly EnrollmentCandidate[],
  access: Config['access'],
): readonly string[] {
  if (access === undefined) return [];
  const groups = candidates.flatMap(({ person }) => person.groups ?? []);
  return [...groupsWithoutRule(access, groups)].map((name) => groupWithoutRuleLine(access, name));
}
