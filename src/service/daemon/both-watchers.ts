import type { LaneObserver } from './build-lane.js';

/** Whoever looks on, and one more. */
export const bothWatchers = (one: LaneObserver, other: LaneObserver): LaneObserver => ({
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
