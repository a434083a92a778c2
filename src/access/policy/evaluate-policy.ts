/**
 * Decides whether a person may pass at a lane now.
 *
 * Pure. Fail closed: a time that is no number refuses, a denial beats every grant, and nothing is granted by default. Only
 * free exit goes before all that, because it must not depend on a clock or a gallery.
 */
import type { BadgeId, LaneId, PersonId } from '../../base/ids.js';
import { badgeKey } from '../../base/names.js';
import type { Monotonic, WallTime } from '../../base/units.js';
import type { AccessReason } from './access-reasons.js';
import type { PersonRecord } from './access-record.js';
import { type AccessAlert, isWatched } from './alerts.js';
import { passbackOn } from './anti-passback.js';
import { objectionToShown, policyAt, type Shown } from './credentials.js';
import {
  type AccessModel,
  badgeSufficesFor,
  isFreeExit,
  type LanePolicy,
  type OperatorMode,
  policyOf,
} from './model.js';
import { isVisitor, objectionByRules } from './permission.js';
import { isUsedUp, quotasOn } from './quota.js';

export interface AccessRequest {
  readonly person: PersonId;
  readonly lane: LaneId;
  readonly direction: 'in' | 'out';
  readonly mode: OperatorMode;
  readonly shown: Shown;
  /** That was read; absent where none was. */
  readonly badge?: BadgeId;
  /** Whether a second person is close behind, see tailgating.ts. */
  readonly behind: boolean;
  readonly now: Monotonic;
  readonly at: WallTime;
}

export type AccessAnswer = (
  | { readonly allowed: true }
  | { readonly allowed: false; readonly reason: AccessReason }
) & {
  /** For security, never for the person at the gate. */
  readonly notices: readonly AccessAlert[];
};

/** @param record what is remembered of the person. */
export function evaluatePolicy(
  model: AccessModel,
  record: PersonRecord,
  request: AccessRequest,
): AccessAnswer {
  const { person, badge, lane, direction, mode, behind, at, now } = request;
  const groups = model.groupsOf(person);
  const deniedGroups = model.deniedGroupsOf?.(person) ?? groups;
  const policy = policyOf(model, lane);
  const { zones, tailgating } = policy;
  const notices: AccessAlert[] = isWatched(model.watchList, person, deniedGroups)
    ? [{ notice: 'watch-list', person, lane }]
    : [];
  const refuse = (reason: AccessReason): AccessAnswer => ({ allowed: false, reason, notices });

  if (isFreeExit(mode, direction)) return { allowed: true, notices };
  if (mode === 'lockdown') return refuse('lockdown');
  if (!Number.isFinite(now)) return refuse('clock-implausible');
  if (badge !== undefined && model.deniedBadges?.has(badgeKey(badge)) === true) return refuse('denied');
  const objection =
    objectionByRules(model.rules, { groups, deniedGroups, lane, at, visitor: isVisitor(person) }) ??
    objectionByCredentials(policy, groups, request);
  if (objection !== undefined) return refuse(objection);
  if (behind && tailgating === 'refuse') return refuse('tailgating-suspected');

  const way = { direction, zones };
  const passback = passbackOn(record, way, { now, at }, model.passback);
  if (passback.finding === 'refused') return refuse(passback.reason);
  if (quotasOn(model.quotas, groups, lane).some((quota) => isUsedUp(record, quota, at)))
    return refuse('quota-used-up');

  if (behind && tailgating === 'report') notices.push({ notice: 'tailgating-suspected', person, lane });
  if (passback.finding === 'reported') {
    const { expected, known } = passback;
    notices.push({ notice: 'passback', person, lane, expected, known });
  }
  return { allowed: true, notices };
}

function objectionByCredentials(
  policy: LanePolicy,
  groups: ReadonlySet<string>,
  { shown, at }: AccessRequest,
): AccessReason | undefined {
  const { credentials } = policy;
  if (credentials === undefined || (shown.badge && badgeSufficesFor(policy, groups))) return undefined;
  return objectionToShown(policyAt(credentials, at), shown);
}
