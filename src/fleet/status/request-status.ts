/** Collects what the broker retains of every lane, until it has sent all of it. */

import { pause } from '../../base/delay.js';
import { type Millis, millis } from '../../base/units.js';
import type { Bus } from '../../platform/mqtt/message-bus.js';
import { type LaneReport, REPORT_TOPICS, readLaneReport } from './lane-status.js';
import { type RevocationReceipt, readReceipt } from './revocation-receipt.js';

export interface FleetAnswer {
  readonly lanes: readonly LaneReport[];
  /** Receipts for revocations, of boxes that follow a fleet. */
  readonly receipts: readonly SiteReceipt[];
  /** Messages on those topics that could not be read. */
  readonly unreadable: number;
}

export interface SiteReceipt extends RevocationReceipt {
  readonly site: string;
}

/** Retained messages come at once; a busy broker pauses between two of them. */
const QUIET: Millis = millis(500);
const CHECK_INTERVAL: Millis = millis(20);
/** A million lanes fit in no table; more are an attack. */
const MAX_LANES = 1_000_000;

/**
 * @param bus connected, or about to be.
 * @param site absent: every site that this login may read.
 * @param wait at most so long, from the start.
 */
export async function requestFleetStatus(
  bus: Bus,
  { site = '+', wait: limit }: { readonly site?: string | undefined; readonly wait: Millis },
): Promise<FleetAnswer> {
  const lanes = new Map<string, LaneReport>();
  const receipts = new Map<string, SiteReceipt>();
  let unreadable = 0;
  const start = performance.now();
  let lastMessageAt = start;
  for (const what of REPORT_TOPICS)
    bus.subscribe(`twinstile/${site}/+/${what}`, ({ topic, payload }) => {
      lastMessageAt = performance.now();
      // An empty payload takes a retained message away.
      if (payload.length === 0) return;
      const report = readLaneReport(topic, payload);
      if (report === undefined) {
        unreadable += 1;
        return;
      }
      const key = `${report.site}/${report.lane}`;
      if (lanes.size < MAX_LANES || lanes.has(key)) lanes.set(key, { ...lanes.get(key), ...report });
    });
  bus.subscribe(`twinstile/${site}/gallery/receipt/+`, ({ topic, payload }) => {
    lastMessageAt = performance.now();
    if (payload.length === 0) return;
    const at = topic.split('/')[1] ?? '';
    const receipt = readReceipt(payload, at);
    if (receipt === undefined) unreadable += 1;
    else if (receipts.size < MAX_LANES)
      receipts.set(`${at}/${receipt.device}/${receipt.fingerprint}`, { site: at, ...receipt });
  });
  // Silence only counts after the first message: a slow line needs its time for that.
  while (performance.now() - start < limit) {
    if (lanes.size > 0 && performance.now() - lastMessageAt >= QUIET) break;
    await pause(CHECK_INTERVAL);
  }
  return { lanes: [...lanes.values()], receipts: [...receipts.values()], unreadable };
}
