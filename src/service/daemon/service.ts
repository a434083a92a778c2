/** Declares a part of the daemon that works in the background, required or optional. */
import type { Degraded } from '../../lane/health/degraded-modes.js';

export interface Service {
  /** Current fault, for the state of every lane; absent: it has nothing to report. */
  readonly faults?: () => readonly Degraded[];
  /** Runs until the signal aborts; a rejection stops the daemon. Absent: it only answers calls. */
  readonly run?: (signal: AbortSignal) => Promise<void>;
}

/** Returns the faults of all services, in their order. */
export const faultsOf =
  (services: readonly Service[]): (() => readonly Degraded[]) =>
  () =>
    services.flatMap(({ faults }) => faults?.() ?? []);
