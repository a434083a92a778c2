import { wallTime } from '../base/units.js';

/**
 * No right clock shows an earlier time than this: the day of the newest release in CHANGELOG.md, to which a test holds it.
 *
 * Written down and not taken from the clock of the build machine: one that runs ahead would make every right clock look wrong.
 */
export const RELEASED = wallTime(Date.UTC(2026, 0, 1));
