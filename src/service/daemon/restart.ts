/** Ends the daemon so that it restarts, and records the reason. */
import type { DaemonEnd } from './daemon-context.js';

export interface Restart {
  /** Aborts when the daemon has to stop or restart. */
  readonly signal: AbortSignal;
  readonly isRequested: () => boolean;
  request(reason: Exclude<DaemonEnd, 'stopped'>): void;
  /** Reason why the daemon ended: a stop from outside takes precedence over every restart. */
  end(): DaemonEnd;
}

export function createRestart(stop: AbortSignal): Restart {
  const restart = new AbortController();
  let end: Exclude<DaemonEnd, 'stopped'> = 'other-models';
  return {
    signal: AbortSignal.any([stop, restart.signal]),
    isRequested: () => restart.signal.aborted,
    request(reason) {
      // A replaced database takes precedence over other models: an operator has to check which people it contains.
      if (reason === 'other-database') end = reason;
      restart.abort();
    },
    end: () => (stop.aborted ? 'stopped' : end),
  };
}
