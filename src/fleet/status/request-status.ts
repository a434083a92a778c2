/** Listens to what the broker retains of every lane, until it has told all of it. */

import { pause } from '../../base/delay.js';
import { type Millis, millis } from '../../base/units.js';
import type { Bus } from '../../platform/mqtt/message-bus.js';
import { type Heard, readReceipt } from './heard.js';
import { type LaneStatusReport, NEWS, readLaneNews } from './lane-status.js';

export interface FleetAnswer {
  readonly news: readonly LaneStatusReport[];
  /** What boxes that follow a fleet say of revocations. */
  readonly heard: readonly SiteReceipts[];
  /** Messages on those topics that could not be read. */
  readonly unreadable: number;
}

export interface SiteReceipts extends Heard {
  readonly site: string;
}

/** What is retained comes at once; a broker that is busy takes a moment between two messages. */
const QUIET: Millis = millis(500);
const CHECK_INTERVAL: Millis = millis(20);
/** A million lanes fit in no table; whoever publishes so many means harm. */
const MAX_LANES = 1_000_000;

/**
 * @param bus connected, or about to be.
 * @param site absent: every site that this login may read.
 * @param wait at most so long, from the start.
 */
export async function requestFleetStatus(
  bus: Bus,
  { site = '+', wait }: { readonly site?: string | undefined; readonly wait: Millis },
): Promise<FleetAnswer> {
  const lanes = new Map<string, LaneStatusReport>();
  const heard = new Map<string, SiteReceipts>();
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
      if (lanes.size < MAX_LANES || lanes.has(key)) lanes.set(key, { ...lanes.get(key), ...told });
    });
  bus.subscribe(`twinstile/${site}/gallery/heard/+`, ({ topic, payload }) => {
    heardAt = performance.now();
    if (payload.length === 0) return;
    const at = topic.split('/')[1] ?? '';
    const one = readReceipt(payload, at);
    if (one === undefined) unreadable += 1;
    else if (heard.size < MAX_LANES)
      heard.set(`${at}/${one.device}/${one.fingerprint}`, { site: at, ...one });
  });
  // Silence only counts once something was heard: a slow line needs its time for the first.
  while (performance.now() - start < wait) {
    if (lanes.size > 0 && performance.now() - heardAt >= QUIET) break;
    await pause(CHECK_INTERVAL);
  }
  return { news: [...lanes.values()], heard: [...heard.values()], unreadable };
}
