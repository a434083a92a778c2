import { wallTime } from '../base/units.js';

/** No right clock shows an earlier time than this. To be moved forward now and then; never past the day of a release. */
export const RELEASED = wallTime(Date.UTC(2026, 0, 1));
