/** Derives the status of the boxes from the reports of their lanes: which there are, and what is wrong with each. */
import type { Millis, WallTime } from '../../base/units.js';
import type { LaneReport, ReportedLaneState } from './lane-status.js';
import type { SiteReceipt } from './request-status.js';
import { holds } from './revocation-receipt.js';

/** Codes are API. Causes of the lane's own `degraded` are listed with them unchanged. */
type DeviceFault = 'offline' | 'silent' | 'stale' | 'behind' | 'revocation-unconfirmed' | 'closed';

/** What a box uses, as far as its lanes reported it. */
interface InUse {
  /** The oldest that one of its lanes uses. */
  readonly serial?: number;
  readonly signedAt?: WallTime;
  /** The highest format of segments that all of its lanes read; absent where there is no fleet. */
  readonly reads?: number;
  readonly program?: ReportedLaneState['program'];
  readonly pack?: string;
  readonly head?: string;
}

export interface DeviceStatus extends InUse {
  readonly site: string;
  readonly device: string;
  readonly lanes: readonly string[];
  readonly modes: readonly string[];
  /** Of the lane that was silent longest; absent when one never reported. */
  readonly seenAt?: WallTime;
  /** Empty: all is well. Each once. */
  readonly faults: readonly (DeviceFault | (string & {}))[];
}

interface StatusRules {
  readonly now: WallTime;
  /** How old the last word of a lane may be, in ms, inclusive. */
  readonly maxSilence: Millis;
  /** Newest published gallery of a site; for sites without one the newest that any box has. */
  readonly newest?: ReadonlyMap<string, number>;
  /** Receipts of the boxes for revocations. */
  readonly receipts?: readonly SiteReceipt[];
}

/** Pure. Rising by site and device. */
export function devicesOf(reports: readonly LaneReport[], rules: StatusRules): readonly DeviceStatus[] {
  const newest = newestOf(reports, rules.newest);
  const groups = new Map<string, LaneReport[]>();
  for (const one of reports) {
    const key = JSON.stringify([one.site, deviceOf(one)]);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()]
    .map((lanes) => statusOf(lanes, newest, rules))
    .sort((a, b) => compare(a.site, b.site) || compare(a.device, b.device));
}

/** Returns the highest format of segments that each box of a site reads; boxes that follow no fleet are missing. Pure. */
export const formatsRead = (reports: readonly LaneReport[]): ReadonlyMap<string, number> => {
  const formats = new Map<string, number>();
  for (const report of reports) {
    const { reads } = report.state ?? {};
    const box = deviceOf(report);
    if (reads !== undefined) formats.set(box, Math.min(formats.get(box) ?? reads, reads));
  }
  return formats;
};

/** A lane that does not name its box is a box of its own. */
export const deviceOf = ({ lane, state }: LaneReport): string => state?.device ?? lane;

/** A box cannot have what was not published: a number that was given is a lower bound all the same. */
function newestOf(
  reports: readonly LaneReport[],
  given: ReadonlyMap<string, number> = new Map(),
): ReadonlyMap<string, number> {
  const newest = new Map(given);
  for (const { site, state } of reports)
    if (state?.serial !== undefined) newest.set(site, Math.max(newest.get(site) ?? 0, state.serial));
  return newest;
}

function statusOf(
  lanes: readonly LaneReport[],
  newest: ReadonlyMap<string, number>,
  rules: StatusRules,
): DeviceStatus {
  const [first] = lanes;
  if (first === undefined) throw new RangeError('Expected a device with a lane, got none.');
  const states = lanes.flatMap(({ state }) => (state === undefined ? [] : [state]));
  const oldest = smallest(states, ({ serial }) => serial);
  const signed = smallest(states, ({ signedAt }) => signedAt);
  const seen = smallest(lanes, ({ seenAt }) => seenAt);
  const [state] = states;
  return {
    site: first.site,
    device: deviceOf(first),
    lanes: lanes.map(({ lane }) => lane).sort(compare),
    serial: oldest,
    signedAt: signed,
    reads: smallest(states, ({ reads }) => reads),
    program: state?.program,
    pack: state?.pack,
    head: state?.head === undefined ? undefined : state.head,
    modes: [...new Set(states.map(({ mode }) => mode))],
    seenAt: seen,
    faults: [
      ...new Set([
        ...(lacksRevocation(first, states, rules.receipts ?? [])
          ? (['revocation-unconfirmed'] as const)
          : []),
        ...lanes.flatMap((lane) => faultsOf(lane, newest.get(lane.site), rules)),
      ]),
    ],
  };
}

function faultsOf(
  { isOnline, state, seenAt }: LaneReport,
  newest: number | undefined,
  { now, maxSilence }: StatusRules,
): readonly string[] {
  const when = (isSo: boolean, fault: DeviceFault): readonly DeviceFault[] => (isSo ? [fault] : []);
  const isRecent = seenAt !== undefined && now - seenAt <= maxSilence;
  return [
    ...when(isOnline !== true, 'offline'),
    ...when(seenAt === undefined || state === undefined, 'silent'),
    ...when(seenAt !== undefined && !isRecent, 'stale'),
    ...when(state !== undefined && newest !== undefined && !hasNewest(state, newest), 'behind'),
    ...(state?.degraded ?? []),
    ...when(state?.mode === 'closed' && state.degraded.length === 0, 'closed'),
  ];
}

/** Whether other boxes of the site hold a revocation that this one has no receipt for. */
function lacksRevocation(
  lane: LaneReport,
  states: readonly ReportedLaneState[],
  receipts: readonly SiteReceipt[],
): boolean {
  if (states.every(({ serial }) => serial === undefined)) return false;
  const ofSite = receipts.filter(({ site }) => site === lane.site);
  const own = ofSite.filter(({ device }) => device === deviceOf(lane));
  const serials = ofSite.flatMap(({ held }) => held.serials);
  if (own.length === 0) return ofSite.some(({ held }) => held.through > 0) || serials.length > 0;
  return !serials.every((serial) => own.some(({ held }) => holds(held, serial)));
}

const hasNewest = ({ serial }: ReportedLaneState, newest: number): boolean =>
  serial !== undefined && serial >= newest;

/** Undefined as soon as one of them is: what is not known is not the best of what is. */
function smallest<T, N extends number>(all: readonly T[], of: (one: T) => N | undefined): N | undefined {
  let least: N | undefined;
  for (const one of all) {
    const value = of(one);
    if (value === undefined) return undefined;
    if (least === undefined || value < least) least = value;
  }
  return least;
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
