/** What is remembered of where one person has passed. Values in, values out. */
import type { Monotonic } from '../../base/units.js';

export interface PersonRecord {
  /** Where they are by what was seen last, and the day (anti-passback's own) on which this was written. */
  readonly zone?: { readonly id: string } & Dated;
  /** When they last passed to each side. */
  readonly passed: Readonly<Record<string, Monotonic>>;
  /** By quota: how often on which day. */
  readonly counts: Readonly<Record<string, { readonly count: number } & Dated>>;
}

export interface Dated {
  readonly day: string;
  /** The first day on which `day` was seen to lie in the future: the clock was ahead when it was written. */
  readonly aheadSince?: string;
}

export const blankRecord: PersonRecord = { passed: {}, counts: {} };

/** Which way a lane leads. */
export interface Way {
  readonly direction: 'in' | 'out';
  /** Absent: the lane takes no part in knowing who is where. */
  readonly zones?: { readonly from: string; readonly to: string };
}

/** Where the lane leads to: two lanes with the same answer are the same passage to anti-passback. */
export const sideOf = ({ direction, zones }: Way): string =>
  zones === undefined ? `direction:${direction}` : `zone:${zones.to}`;
