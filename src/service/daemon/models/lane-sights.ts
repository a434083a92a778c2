/** What a release of models shows in the lanes, gathered from what they tell. */

import type { LaneSight } from '../../../fleet/releases/probation.js';
import type { LaneState } from '../../../lane/health/lane-state-message.js';
import type { LaneNote } from '../../../lane/lane-dependencies.js';

export interface LaneSights {
  readonly current: () => readonly LaneSight[];
  note(lane: string, note: LaneNote): void;
  state(lane: string, state: LaneState): void;
  /** A decision: whether somebody was let in. */
  decided(granted: boolean): void;
  readonly decisions: () => { readonly granted: number; readonly of: number };
}

export function createLaneSights(lanes: readonly string[]): LaneSights {
  const sights = new Map<string, LaneSight>(
    lanes.map((lane) => [lane, { lane, isSeeing: false, restarts: 0, isUntrue: false, degraded: [] }]),
  );
  let decisions = { granted: 0, of: 0 };
  const change = (lane: string, step: (sight: LaneSight) => LaneSight): void => {
    const sight = sights.get(lane);
    if (sight !== undefined) sights.set(lane, step(sight));
  };
  return {
    current: () => [...sights.values()],
    note(lane, { kind }) {
      if (kind === 'encoder-self-test-failed') change(lane, (sight) => ({ ...sight, isUntrue: true }));
      if (kind === 'vision-restarting')
        change(lane, (sight) => ({ ...sight, restarts: sight.restarts + 1, isSeeing: false }));
    },
    state(lane, { degraded, camera }) {
      const isSeeing = camera === 'live' && !degraded.includes('encoder-self-test-failed');
      change(lane, (sight) => ({ ...sight, degraded, isSeeing }));
    },
    decided(granted) {
      decisions = { granted: decisions.granted + (granted ? 1 : 0), of: decisions.of + 1 };
    },
    decisions: () => decisions,
  };
}
