/** Checks that the box's clock is synchronized. */

import { RELEASED } from '../../platform/build-date.js';
import { isTimeSynchronised } from '../../platform/time-sync.js';
import { type Check, good, warning, wrong } from './finding.js';

const ABOUT = 'clock';
const SET_IT = 'Install a time service (apt-get install systemd-timesyncd) and let it reach its server.';

/** @param isSynchronised undefined when it cannot be determined. */
export const checkClock = (
  isSynchronised: () => Promise<boolean | undefined> = isTimeSynchronised,
): Check => ({
  about: ABOUT,
  async look({ clock }) {
    const now = clock.wall();
    const time = new Date(now).toISOString();
    if (!(now >= RELEASED))
      return [wrong(ABOUT, `It shows ${time}, which is before this version was made.`, SET_IT)];
    const isSet = await isSynchronised();
    if (isSet === true) return [good(ABOUT, `${time}, synchronised.`)];
    const detail =
      isSet === false ? `${time}, not synchronised.` : `${time}; nobody here can tell whether it is right.`;
    return [warning(ABOUT, detail, `${SET_IT} Validity dates and schedules rest on it.`)];
  },
});
