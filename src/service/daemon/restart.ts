/** Ends the daemon so that it begins again, and keeps why. */
import type { DaemonEnd } from './daemon-context.js';

export interface Restart {
  /** Aborts when the daemon has to stop or to begin again. */
  readonly signal: AbortSignal;
  readonly isRequested: () => boolean;
  request(reason: Exclude<DaemonEnd, 'stopped'>): void;
  /** Why the daemon ended: a stop from outside outweighs every restart. */
  end(): DaemonEnd;
}

export function createRestart(stop: AbortSignal): Restart {
  const restart = new AbortController();
  let end: Exclude<DaemonEnd, 'stopped'> = 'other-models';
  return {
    signal: AbortSignal.any([stop, restart.signal]),
    isRequested: () => restart.signal.aborted,
    request(reason) {
      // Another database outweighs other models: somebody has to look who is in it.
      if (reason === 'other-database') end = reason;
      restart.abort();
    },
    end: () => (stop.aborted ? 'stopped' : end),
  };
}
