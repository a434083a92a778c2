/** Collects, from the reports of the lanes, how a release of models performs. */

import type { LaneProbation } from '../../../fleet/releases/probation.js';
import type { LaneState } from '../../../lane/health/lane-state-message.js';
import type { LaneNote } from '../../../lane/lane-dependencies.js';

export interface LaneSights {
  readonly current: () => readonly LaneProbation[];
  note(lane: string, note: LaneNote): void;
  state(lane: string, state: LaneState): void;
  /** Records a decision: whether a person was granted access. */
  decided(granted: boolean): void;
  readonly decisions: () => { readonly granted: number; readonly of: number };
}

export function createLaneSights(lanes: readonly string[]): LaneSights {
  const sights = new Map<string, LaneProbation>(
    lanes.map((lane) => [lane, { lane, isUp: false, restarts: 0, hasFailedSelfTest: false, degraded: [] }]),
  );
  let decisions = { granted: 0, of: 0 };
  const change = (lane: string, step: (sight: LaneProbation) => LaneProbation): void => {
    const sight = sights.get(lane);
    if (sight !== undefined) sights.set(lane, step(sight));
  };
  return {
    current: () => [...sights.values()],
    note(lane, { kind }) {
      if (kind === 'encoder-self-test-failed')
        change(lane, (sight) => ({ ...sight, hasFailedSelfTest: true }));
      if (kind === 'vision-restarting')
        change(lane, (sight) => ({ ...sight, restarts: sight.restarts + 1, isUp: false }));
    },
    state(lane, { degraded, camera }) {
      const isUp = camera === 'live' && !degraded.includes('encoder-self-test-failed');
      change(lane, (sight) => ({ ...sight, degraded, isUp }));
    },
    decided(granted) {
      decisions = { granted: decisions.granted + (granted ? 1 : 0), of: decisions.of + 1 };
    },
    decisions: () => decisions,
  };
}
