/** One line about all lanes, for `systemctl status`. */
import type { LaneState } from '../../lane/health/lane-state-message.js';

export const statusLine = (states: ReadonlyMap<string, Pick<LaneState, 'mode' | 'degraded'>>): string =>
  [...states].map(([lane, state]) => `${lane}: ${formatState(state)}`).join('; ') || 'starting';

const formatState = ({ mode, degraded }: Pick<LaneState, 'mode' | 'degraded'>): string =>
  degraded.length === 0 ? mode : `${mode} (${degraded.join(', ')})`;
