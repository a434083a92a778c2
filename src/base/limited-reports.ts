/** Keeps reports from filling the log: those that any client can cause are rate-limited, a lasting fault is reported once. */
import { createKeyedTokenBuckets, type RateLimit } from './token-bucket.js';
import type { Monotonic } from './units.js';

interface LimitedReports<T> {
  /** @param kind what is counted together. */
  add(kind: string, what: T, now: Monotonic): void;
  /** Reports what was only counted and may be reported by now; call it now and then. */
  flush(now: Monotonic): void;
  /** Reports what was only counted, without a limit: for the end. */
  end(): void;
}

interface LimitedReportsOptions<T> {
  readonly limit: RateLimit;
  /** Further kinds are counted together. */
  readonly maxKinds: number;
  /** @param count how many of the kind there were since its last report, 1 or more. `what` is the last of them. */
  readonly report: (what: T, count: number) => void;
}

/** The log's: at once, and then once a minute. */
export const ONCE_A_MINUTE: RateLimit = { burst: 1, perSecond: 1 / 60 };

/**
 * Reports the first of a kind at once; later ones are counted, and one report carries their number. Pure but for its counts;
 * the time is an argument.
 */
export function createLimitedReports<T>({
  limit,
  maxKinds,
  report,
}: LimitedReportsOptions<T>): LimitedReports<T> {
  const buckets = createKeyedTokenBuckets(limit, maxKinds);
  const counted = new Map<string, { what: T; count: number }>();
  const tryToReport = (key: string, now: Monotonic): void => {
    const one = counted.get(key);
    if (one === undefined || !buckets.take(key, now)) return;
    counted.delete(key);
    report(one.what, one.count);
  };
  return {
    add(kind, what, now) {
      const key = counted.has(kind) || counted.size < maxKinds ? kind : 'others';
      counted.set(key, { what, count: (counted.get(key)?.count ?? 0) + 1 });
      tryToReport(key, now);
    },
    flush(now) {
      for (const key of [...counted.keys()]) tryToReport(key, now);
    },
    end() {
      for (const { what, count } of counted.values()) report(what, count);
      counted.clear();
    },
  };
}

/** Reports a fault once until it is over: a loop that fails every second must not fill the log. */
interface LogOnce {
  /** Reports only the first failure in a row. */
  failed(error: unknown): void;
  /** Ends the row; reports the recovery when a failure was reported before. */
  succeeded(): void;
}

export function createLogOnce(onFault: (error: unknown) => void, onRecovery?: () => void): LogOnce {
  let isFailing = false;
  return {
    failed(error) {
      if (isFailing) return;
      isFailing = true;
      onFault(error);
    },
    succeeded() {
      if (!isFailing) return;
      isFailing = false;
      onRecovery?.();
    },
  };
}
