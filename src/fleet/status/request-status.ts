/** Listens to what the broker retains of every lane, until it has told all of it. */

import { pause } from '../../base/delay.js';
import { type Millis, millis } from '../../base/units.js';
import type { Bus } from '../../platform/mqtt/message-bus.js';
import { type Heard, readHeard } from './heard.js';
import { type LaneNews, NEWS, readLaneNews } from './lane-status.js';

export interface FleetAnswer {
  readonly news: readonly LaneNews[];
  /** What boxes that follow a fleet say of revocations. */
  readonly heard: readonly SiteHeard[];
  /** Messages on those topics that could not be read. */
  readonly unreadable: number;
}

export interface SiteHeard extends Heard {
  readonly site: string;
}

/** What is retained comes at once; a broker that is busy takes a moment between two messages. */
const QUIET: Millis = millis(500);
const LOOK_EVERY: Millis = millis(20);
/** A million lanes fit in no table; whoever publishes so many means harm. */
const MOST_LANES = 1_000_000;

/**
 * @param bus connected, or about to be.
 * @param site absent: every site that this login may read.
 * @param wait at most so long, from the start.
 */
export async function askFleet(
  bus: Bus,
  { site = '+', wait }: { readonly site?: string | undefined; readonly wait: Millis },
): Promise<FleetAnswer> {
  const lanes = new Map<string, LaneNews>();
  const heard = new Map<string, SiteHeard>();
  let unreadable = 0;
  const start = performance.now();
  let heardAt = start;
  for (const what of NEWS)
    bus.subscribe(`twinstile/${site}/+/${what}`, ({ topic, payload }) => {
      heardAt = performance.now();
      // An empty payload takes a retained message away.
      if (payload.length === 0) return;
      const told = readLaneNews(topic, payload);
      if (told === undefined) {
        unreadable += 1;
        return;
      }
      const key = `${told.site}/${told.lane}`;
      if (lanes.size < MOST_LANES || lanes.has(key)) lanes.set(key, { ...lanes.get(key), ...told });
    });
  bus.subscribe(`twinstile/${site}/gallery/heard/+`, ({ topic, payload }) => {
    heardAt = performance.now();
    if (payload.length === 0) return;
    const at = topic.split('/')[1] ?? '';
    const one = readHeard(payload, at);
    if (one === undefined) unreadable += 1;
    else if (heard.size < MOST_LANES)
      heard.set(`${at}/${one.device}/${one.fingerprint}`, { site: at, ...one });
  });
  // Silence only counts once something was heard: a slow line needs its time for the first.
  while (performance.now() - start < wait) {
    if (lanes.size > 0 && performance.now() - heardAt >= QUIET) break;
    await pause(LOOK_EVERY);
  }
  return { news: [...lanes.values()], heard: [...heard.values()], unreadable };
}
