/** Badges that a reader tells of: whose they are, each read once. */
import { badgeId } from '../base/ids.js';
import type { Monotonic } from '../base/units.js';
import type { Refused } from '../decision/decision.js';
import type { Claim } from '../decision/verify.js';
import { badgeMessage, readMessage } from '../gate/messages.js';
import type { LaneParts } from './lane-parts.js';

export type BadgeRead =
  | { readonly kind: 'claim'; readonly claim: Claim }
  | { readonly kind: 'refused'; readonly ruling: Refused };

/** QoS 0 repeats nothing by itself; this covers readers that do, and bridges between brokers. */
const READS_REMEMBERED = 256;

/**
 * Calls `onRead` for each new read until the signal aborts. What is retained, malformed or repeated is dropped and told.
 * @param start takes the work of finding the holder; a failure of it means that the gallery is broken.
 */
export function listenForBadges(
  { bus, topics, clock, holderOf, onNote }: LaneParts,
  onRead: (read: BadgeRead) => void,
  start: (work: Promise<void>) => void,
  signal: AbortSignal,
): void {
  const known = new Set<string>();
  const drop = (reason: string) => onNote?.({ kind: 'dropped-message', topic: topics.badge, reason });

  const look = async (badge: string, read: string, at: Monotonic) => {
    const person = await holderOf(badgeId(badge));
    if (signal.aborted) return;
    if (person !== undefined) onRead({ kind: 'claim', claim: { badge: badgeId(badge), read, person, at } });
    else
      onRead({
        kind: 'refused',
        ruling: {
          verdict: 'refused',
          reason: 'badge-unknown',
          mode: 'verification',
          badge: badgeId(badge),
          frames: 0,
        },
      });
  };
  bus.subscribe(topics.badge, ({ payload, retained }) => {
    if (signal.aborted) return;
    if (retained) return drop('retained');
    const message = readMessage(badgeMessage, payload);
    if (message === undefined) return drop('bad-message');
    const key = `${message.reader}/${message.read}`;
    if (known.has(key)) return drop('repeated');
    known.add(key);
    const [oldest] = known;
    if (known.size > READS_REMEMBERED && oldest !== undefined) known.delete(oldest);
    start(look(message.badge, message.read, clock.monotonic()));
  });
}
