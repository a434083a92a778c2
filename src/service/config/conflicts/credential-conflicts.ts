/** Refuses credentials that a lane cannot check, and passages that a relay cannot detect. Reads the raw document. */
import type { CredentialPolicy } from '../../../access/policy/credentials.js';
import { entriesOf } from '../access/access-entries.js';
import { formatValue, isGroup, type Problem } from '../sections/config-problem.js';

/** What each policy requires. */
const NEEDS: Readonly<Partial<Record<CredentialPolicy, 'identification' | 'verification'>>> = {
  'face-only': 'identification',
  'badge-or-face': 'identification',
  'badge-and-face': 'verification',
};

/** @param access the group `access`. @param lanes the list `lanes` of the same document. */
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
