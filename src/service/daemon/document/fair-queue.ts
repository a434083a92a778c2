/**
 * Shares one worker fairly: queues jobs of many senders so that none delays the others by more than one turn, and limits the
 * decoding of each.
 */
import { type BucketLevel, fullBucket, type RateLimit, refilled } from '../../../base/token-bucket.js';
import type { Monotonic } from '../../../base/units.js';

export interface Origin {
  readonly lane: string;
  readonly sender: string;
}

export interface FairQueue<Job> {
  /** @returns jobs that were dropped because the queue was full, perhaps this one. */
  put(job: Job, origin: Origin): readonly Job[];
  /** Takes the job whose turn is next. */
  next(): Job | undefined;
}

/** Size of the queue. Photographs are up to 256 kB, so that memory stays bounded. */
export const MAX_WAITING = { ofSender: 3, ofLane: 8, inAll: 32 } as const;
/** Number of turns that are remembered. */
const MAX_TURNS = 256;

interface Waiting<Job> {
  readonly job: Job;
  readonly lane: string;
  /** Sender together with its lane: two lanes may have readers of the same name. */
  readonly sender: string;
}

/**
 * Lanes take turns, and within a lane its senders do: topics of lanes have logins of their own, whereas senders on one topic
 * only claim their names. When the queue is full, the sender with the most waiting jobs loses its newest one.
 */
export function createFairQueue<Job>(): FairQueue<Job> {
  const waiting: Waiting<Job>[] = [];
  /** Lanes and senders, the one with the oldest turn first; those without a turn are absent. */
  const lanes = new Set<string>();
  const senders = new Set<string>();

  const remove = (one: Waiting<Job>): Job => {
    waiting.splice(waiting.indexOf(one), 1);
    return one.job;
  };
  /**
   * Returns the newest job of the lane, and in it the sender, with the most jobs; the newest of all where
   * several have equally many.
   */
  const newestOfMost = (those: readonly Waiting<Job>[]): Waiting<Job> | undefined => {
    const counts = countsBy(waiting, ({ lane }) => lane);
    const own = countsBy(waiting, ({ sender }) => sender);
    return those.reduce<Waiting<Job> | undefined>((most, one) => {
      if (most === undefined) return one;
      const more = of(counts, one.lane) - of(counts, most.lane) || of(own, one.sender) - of(own, most.sender);
      return more >= 0 ? one : most;
    }, undefined);
  };
  return {
    put(job, origin) {
      const { lane } = origin;
      const sender = JSON.stringify([lane, origin.sender]);
      if (waiting.filter((one) => one.sender === sender).length >= MAX_WAITING.ofSender) return [job];
      waiting.push({ job, lane, sender });
      const ofLane = waiting.filter((one) => one.lane === lane);
      const crowd =
        ofLane.length > MAX_WAITING.ofLane ? ofLane : waiting.length > MAX_WAITING.inAll ? waiting : [];
      const out = newestOfMost(crowd);
      return out === undefined ? [] : [remove(out)];
    },
    next() {
      const lane = first(
        waiting.map((one) => one.lane),
        lanes,
      );
      const ofLane = waiting.filter((one) => one.lane === lane);
      const sender = first(
        ofLane.map((one) => one.sender),
        senders,
      );
      const one = ofLane.find((each) => each.sender === sender);
      if (one === undefined) return undefined;
      had(lanes, one.lane);
      had(senders, one.sender);
      return remove(one);
    },
  };
}

/** Returns the one with the oldest turn, or without any turn. */
function first(those: readonly string[], turns: ReadonlySet<string>): string | undefined {
  const fresh = those.find((one) => !turns.has(one));
  if (fresh !== undefined) return fresh;
  const present = new Set(those);
  for (const one of turns) if (present.has(one)) return one;
  return undefined;
}

function had(turns: Set<string>, one: string): void {
  turns.delete(one);
  turns.add(one);
  const [oldest] = turns;
  if (turns.size > MAX_TURNS && oldest !== undefined) turns.delete(oldest);
}

function countsBy<T>(those: readonly T[], keyOf: (one: T) => string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const one of those) counts.set(keyOf(one), of(counts, keyOf(one)) + 1);
  return counts;
}

const of = (counts: ReadonlyMap<string, number>, key: string): number => counts.get(key) ?? 0;

interface DecodeBudget {
  /** @returns whether the sender has budget left. */
  mayBegin(sender: string, now: Monotonic): boolean;
  charge(sender: string, now: Monotonic, seconds: number): void;
}

/**
 * Budget of a sender: a visitor's photograph takes a tenth of a second, and visitors at one reader arrive some seconds apart.
 */
const SECONDS: RateLimit = { burst: 6, perSecond: 0.2 };
/** Number of senders with budgets of their own. Further ones share one budget until one of these is full again. */
const MAX_SENDERS = 128;
const REST = '';

/**
 * Limits the seconds of decoding that one sender of photographs may use. The cost of a photograph is known only afterwards, so
 * a sender may begin while anything is left, and the cost is deducted then: the level falls below zero, by one decode at most,
 * and is refilled before the next one.
 */
export function createDecodeBudget(): DecodeBudget {
  const levels = new Map<string, BucketLevel>();
  const levelOf = (key: string, now: Monotonic) =>
    refilled(levels.get(key) ?? fullBucket(SECONDS, now), SECONDS, now);
  const keyOf = (sender: string, now: Monotonic): string => {
    if (levels.has(sender) || levels.size < MAX_SENDERS) return sender;
    // Only full budgets are removed: no sender gains budget by the removal.
    for (const key of levels.keys()) if (levelOf(key, now).left >= SECONDS.burst) levels.delete(key);
    return levels.size < MAX_SENDERS ? sender : REST;
  };
  return {
    mayBegin: (sender, now) => levelOf(keyOf(sender, now), now).left > 0,
    charge(sender, now, seconds) {
      const key = keyOf(sender, now);
      const level = levelOf(key, now);
      levels.set(key, { left: level.left - Math.max(0, seconds), at: level.at });
    },
  };
}
