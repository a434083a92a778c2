/** Messages that a lane does not use: reported one by one while they are few, and counted when they are a flood. */

import type { Clock } from '../base/clock.js';
import { createLimitedReports } from '../base/limited-reports.js';
import type { RateLimit } from '../base/token-bucket.js';
import { type Millis, type Monotonic, millis } from '../base/units.js';
import type { LaneNote } from './lane-dependencies.js';

export interface DropBurst {
  /** The topic without the part that the publisher chose: "twinstile/SITE/LANE/command". */
  readonly topic: string;
  /** Messages that were not even looked at. */
  readonly dropped: number;
  readonly span: Millis;
}

export interface DroppedMessages {
  /** @param topic as it came. */
  add(topic: string, reason: string): void;
  /** Call it a few times a second. */
  flush(): void;
}

export interface DroppedMessagesDependencies {
  readonly clock: Pick<Clock, 'monotonic'>;
  /** Topic of the lane, "twinstile/SITE/LANE". */
  readonly base: string;
  readonly onNote?: ((note: LaneNote) => void) | undefined;
  /** For the journal and for security: 10 s after a flood began, and once a minute while it goes on. */
  readonly onFlood?: (flood: DropBurst) => void;
}

/** More came than is listened to. */
export const TOO_MANY = 'too-many';

/** A reader that stutters is reported each time. */
const NOTES: RateLimit = { burst: 10, perSecond: 1 / 60 };
const MAX_KINDS = 32;
const MAX_TOPIC = 200;
const FIRST_SUMMARY: Millis = millis(10_000);
const NEXT_SUMMARY: Millis = millis(60_000);

export function createDroppedMessages(dependencies: DroppedMessagesDependencies): DroppedMessages {
  const { clock, base, onNote, onFlood } = dependencies;
  const notes = createLimitedReports<{ readonly topic: string; readonly reason: string }>({
    limit: NOTES,
    maxKinds: MAX_KINDS,
    report: (dropped, count) =>
      onNote?.({ kind: 'dropped-message', ...dropped, count: count === 1 ? undefined : count }),
  });
  const floods = new Map<string, { count: number; since: Monotonic; wait: Millis }>();
  return {
    add(topic, reason) {
      const now = clock.monotonic();
      const place = placeOf(topic, base);
      notes.add(`${place} ${reason}`, { topic: topic.slice(0, MAX_TOPIC), reason }, now);
      if (reason !== TOO_MANY) return;
      const flood = floods.get(place) ?? { count: 0, since: now, wait: FIRST_SUMMARY };
      floods.set(place, { ...flood, count: flood.count + 1 });
    },
    flush() {
      const now = clock.monotonic();
      notes.flush(now);
      for (const [topic, { count, since, wait }] of floods) {
        if (now - since < wait) continue;
        if (count === 0) floods.delete(topic);
        else {
          floods.set(topic, { count: 0, since: now, wait: NEXT_SUMMARY });
          onFlood?.({ topic, dropped: count, span: millis(now - since) });
        }
      }
    },
  };
}

/** Cuts off what the publisher chose, so that new topics do not create new kinds. */
function placeOf(topic: string, base: string): string {
  const [first = '', second = ''] = topic.slice(base.length + 1).split('/');
  return first === 'gate' ? `${base}/gate/${second.slice(0, 20)}` : `${base}/${first.slice(0, 20)}`;
}
