/** Decides who may pass where and when, by grants and denials over groups. What is not granted is refused, and a denial beats every grant. */
import { type BadgeId, type LaneId, type PersonId, personId } from '../../base/ids.js';
import type { WallTime } from '../../base/units.js';
import type { AccessReason } from './access-reasons.js';
import type { OpenAt, ValidAt } from './schedule.js';

export interface AccessRule {
  readonly effect: 'grant' | 'deny';
  /** 'everyone': all who are enrolled. */
  readonly groups: ReadonlySet<string> | 'everyone';
  readonly lanes: ReadonlySet<LaneId> | 'all';
  readonly during: OpenAt;
  readonly valid: ValidAt;
}

export interface PermissionRequest {
  /** Not enrolled: a grant to everyone is none to them, a denial is. */
  readonly visitor?: boolean;
  readonly groups: ReadonlySet<string>;
  /** By which denials hold; absent: the same groups. */
  readonly deniedGroups?: ReadonlySet<string>;
  readonly lane: LaneId;
  readonly at: WallTime;
}

/** Why not; nothing when the rules allow it. */
export function objectionByRules(
  rules: readonly AccessRule[],
  request: PermissionRequest,
): AccessReason | undefined {
  const { at } = request;
  if (!Number.isFinite(at)) return 'clock-implausible';
  const about = rules.filter((rule) => isAbout(rule, request));
  if (about.some((rule) => rule.effect === 'deny' && mayHold(rule, at))) return 'denied';

  const grants = about.filter(({ effect }) => effect === 'grant');
  if (grants.some(({ valid, during }) => valid(at) === 'valid' && during(at))) return undefined;
  if (grants.some(({ valid }) => valid(at) === 'valid')) return 'outside-hours';
  if (grants.some(({ valid }) => valid(at) === 'not-yet')) return 'access-not-yet-valid';
  return grants.some(({ valid }) => valid(at) === 'over') ? 'access-expired' : 'no-access';
}

function isAbout(
  rule: AccessRule,
  { groups: own, deniedGroups = own, lane, visitor = false }: PermissionRequest,
): boolean {
  const groups = rule.effect === 'deny' ? deniedGroups : own;
  return (
    (rule.lanes === 'all' || rule.lanes.has(lane)) &&
    (rule.groups === 'everyone'
      ? !visitor || rule.effect === 'deny'
      : [...rule.groups].some((group) => groups.has(group)))
  );
}

/** A denial holds unless it is sure that it does not. */
function mayHold({ valid, during }: AccessRule, at: WallTime): boolean {
  const validity = valid(at);
  return (validity === 'valid' && during(at)) || validity === 'unknown';
}

/** The group that all visitors are in. Access must be granted to it by name: 'everyone' means all who are enrolled. */
export const VISITORS = 'visitors';
/** No id that people choose has a colon. */
const PREFIX = 'pass:';

/** The id that is recorded for a visitor: that of the document, as no other is known. */
export const visitorWith = (badge: BadgeId): PersonId => personId(`${PREFIX}${badge}`);
export const isVisitor = (person: PersonId): boolean => person.startsWith(PREFIX);
