/** Declares the access rules of a site, ready to be evaluated, and the modes that an operator may set over them. */
import type { LaneId, PersonId } from '../../base/ids.js';
import type { Millis } from '../../base/units.js';
import type { Way } from './access-record.js';
import type { WatchList } from './alerts.js';
import type { PassbackRules } from './anti-passback.js';
import type { LaneCredentials } from './credentials.js';
import type { AccessRule } from './permission.js';
import type { Quota } from './quota.js';

export interface LanePolicy {
  /** Absent: whatever the lane itself accepts as proof. */
  readonly credentials?: LaneCredentials;
  readonly zones?: NonNullable<Way['zones']>;
  /** Groups whose members pass with their badge alone, whatever `credentials` ask for; names as they are compared (idKey). */
  readonly badgeSuffices?: ReadonlySet<string>;
  /** What happens to a person with a second face close behind. */
  readonly tailgating: 'off' | 'report' | 'refuse';
  /** When a passage counts: as soon as the gate opened, or only when its sensor detected a passage. */
  readonly counts: 'opened' | 'passed';
}

/** Built once from the configuration; never changed, only replaced. */
export interface AccessModel {
  /** By which grants and quotas hold; names as they are compared (idKey). */
  readonly groupsOf: (person: PersonId) => ReadonlySet<string>;
  /** By which denials hold, where they reach further: of all whose id means the same. Absent: the same groups. */
  readonly deniedGroupsOf?: (person: PersonId) => ReadonlySet<string>;
  /** Badges that open nothing for any holder, as they are compared (badgeKey). */
  readonly deniedBadges?: ReadonlySet<string>;
  readonly rules: readonly AccessRule[];
  readonly lanes: ReadonlyMap<LaneId, LanePolicy>;
  readonly passback: PassbackRules;
  readonly quotas: readonly Quota[];
  readonly watchList: WatchList;
  /** How long a lane keeps a person from its neighbours. */
  readonly claimHold: Millis;
}

const defaultPolicy: LanePolicy = { tailgating: 'off', counts: 'opened' };

/** Whether the person's badge opens by itself at a lane of this policy. */
export const badgeSufficesFor = ({ badgeSuffices }: LanePolicy, groups: ReadonlySet<string>): boolean =>
  badgeSuffices !== undefined && [...badgeSuffices].some((group) => groups.has(group));

export const policyOf = ({ lanes }: AccessModel, lane: LaneId): LanePolicy =>
  lanes.get(lane) ?? defaultPolicy;

/** `lockdown`: the gate stays shut for all. `free-exit`: all may go out, recognised or not; going in is as usual. */
export const OPERATOR_MODES = ['normal', 'lockdown', 'free-exit'] as const;
export type OperatorMode = (typeof OPERATOR_MODES)[number];

export const isOperatorMode = (text: string): text is OperatorMode =>
  OPERATOR_MODES.some((mode) => mode === text);

/** Whether the lane opens without any check: rules, clock and gallery take no part, so that no fault traps a person inside. */
export const isFreeExit = (mode: OperatorMode, direction: 'in' | 'out'): boolean =>
  mode === 'free-exit' && direction === 'out';
