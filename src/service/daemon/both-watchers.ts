import type { Watcher } from './build-lane.js';

/** Whoever looks on, and one more. */
export const bothWatchers = (one: Watcher, other: Watcher): Watcher => ({
  onDecision: (...told) => {
    one.onDecision?.(...told);
    other.onDecision?.(...told);
  },
  onState: (...told) => {
    one.onState?.(...told);
    other.onState?.(...told);
  },
  onFrame: (...told) => {
    one.onFrame?.(...told);
    other.onFrame?.(...told);
  },
  onNote: (...told) => {
    one.onNote?.(...told);
    other.onNote?.(...told);
  },
});
