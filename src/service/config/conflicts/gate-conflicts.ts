/** Refuses a gate whose answers cannot be checked, unless the configuration accepts that. Reads the raw document. */
import { type Entry, entriesOf } from '../access/access-entries.js';
import { isGroup, type Problem } from '../sections/config-problem.js';

const FILE = 'gate_key_file';
const CREDENTIAL = 'gate_key_credential';

/** @param lanes the list `lanes`. @param grants the group `grants`. @param access the group `access`. */
export function gateConflicts(lanes: unknown, grants: unknown, access: unknown): readonly Problem[] {
  const isShared = isGroup(grants) && grants.algorithm === 'hmac-sha256';
  const counted = isGroup(access) ? entriesOf(access.lanes, 'access.lanes') : [];
  return entriesOf(lanes, 'lanes').flatMap((lane) =>
    lane.group.relay === undefined
      ? [...keyProblems(lane, isShared), ...countProblems(lane, counted)]
      : relayProblems(lane),
  );
}

function keyProblems({ path, group }: Entry, isShared: boolean): readonly Problem[] {
  const count = [FILE, CREDENTIAL].filter((key) => group[key] !== undefined).length;
  if (count === 2) return [{ path, text: `Expected ${FILE} or ${CREDENTIAL}, got both. Remove one.` }];
  if (group.gate_protocol === 1)
    return count === 0
      ? []
      : [{ path, text: `Expected no key of the gate with gate_protocol: 1, got one. Remove one of them.` }];
  if (count === 1 || isShared) return [];
  return [
    {
      path: `${path}.${FILE}`,
      text: 'Expected what the answers of the gate are checked with, got nothing. Make it with: twinstile keys new gate. Only a gate that cannot sign its answers needs gate_protocol: 1.',
    },
  ];
}

function countProblems({ group }: Entry, counted: readonly Entry[]): readonly Problem[] {
  if (group.gate_protocol !== 1) return [];
  return counted
    .filter((entry) => entry.group.id === group.id && entry.group.count_on === 'passed')
    .map(({ path }) => ({
      path: `${path}.count_on`,
      text: 'Expected opened with gate_protocol: 1, got passed: the passages of such a gate are not signed, and anybody could write them. Change it.',
    }));
}

function relayProblems({ path, group }: Entry): readonly Problem[] {
  return [FILE, CREDENTIAL, 'gate_protocol']
    .filter((key) => group[key] !== undefined)
    .map((key) => ({
      path: `${path}.${key}`,
      text: 'Expected nothing beside a relay, which answers nothing. Remove it.',
    }));
}
