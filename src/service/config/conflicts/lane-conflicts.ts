/** Refuses credentials, answers of a gate and liveness schedules that a lane cannot check. Reads the raw document. */
import type { CredentialPolicy } from '../../../access/policy/credentials.js';
import { type Entry, entriesOf, formatValue, isGroup, type Problem } from '../sections/raw-config.js';

/** What each policy requires. */
const NEEDS: Readonly<Partial<Record<CredentialPolicy, 'identification' | 'verification'>>> = {
  'face-only': 'identification',
  'badge-or-face': 'identification',
  'badge-and-face': 'verification',
};

/**
 * Refuses credentials that a lane cannot check, and passages that a relay cannot detect.
 * @param access the group `access`. @param lanes the list `lanes` of the same document.
 */
export function credentialConflicts(access: unknown, lanes: unknown): readonly Problem[] {
  if (!isGroup(access)) return [];
  const known = new Map(entriesOf(lanes, 'lanes').map(({ group }) => [group.id, group]));
  return entriesOf(access.lanes, 'access.lanes').flatMap(({ path, group }) => {
    const lane = known.get(group.id);
    if (lane === undefined) return [];
    const asked = [
      { path: `${path}.credentials`, policy: group.credentials },
      ...entriesOf(group.exceptions, `${path}.exceptions`).map((one) => ({
        path: `${one.path}.credentials`,
        policy: one.group.credentials,
      })),
    ];
    return [
      ...asked.flatMap(({ path: where, policy }) => {
        const needed = NEEDS[policy as CredentialPolicy];
        const isOff = needed !== undefined && (lane[needed] === undefined || lane[needed] === 'off');
        return isOff
          ? [
              {
                path: where,
                text: `Expected ${needed} of the lane to be on for it, got ${formatValue(policy)} and off. Switch it on.`,
              },
            ]
          : [];
      }),
      ...(group.count_on === 'passed' && lane.relay !== undefined
        ? [
            {
              path: `${path}.count_on`,
              text: 'Expected opened at a lane with a relay, got "passed": a relay does not see who walks. Change it.',
            },
          ]
        : []),
    ];
  });
}

/** Whether `access` configures a lane's credentials: then the lane needs no rules for faces. */
export const asksByAccess = (access: unknown, lane: unknown): boolean =>
  isGroup(access) &&
  entriesOf(access.lanes, 'access.lanes').some(
    ({ group }) => group.id === lane && group.credentials !== undefined,
  );

const FILE = 'gate_key_file';
const CREDENTIAL = 'gate_key_credential';

/**
 * Refuses a gate whose answers cannot be checked, unless the configuration accepts that.
 * @param lanes the list `lanes`. @param grants the group `grants`. @param access the group `access`.
 */
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

/** Refuses liveness by undefined schedules. @param lanes the list `lanes`. @param access the group `access` of the same document. */
export function livenessConflicts(lanes: unknown, access: unknown): readonly Problem[] {
  const known: readonly unknown[] = isGroup(access)
    ? ['always', 'never', ...entriesOf(access.schedules, 'access.schedules').map(({ group }) => group.id)]
    : [];
  return entriesOf(lanes, 'lanes').flatMap(({ path, group: { liveness } }) =>
    entriesOf(isGroup(liveness) ? liveness.by_schedule : undefined, `${path}.liveness.by_schedule`).flatMap(
      ({ path: place, group: { schedule } }) =>
        schedule === undefined || known.includes(schedule)
          ? []
          : [
              {
                path: `${place}.schedule`,
                text: `Expected a schedule that is described, got ${formatValue(schedule)}. Known here: ${known.join(', ') || 'none; schedules are described in access'}.`,
              },
            ],
    ),
  );
}
