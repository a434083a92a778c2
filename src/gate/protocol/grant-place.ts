/** Identifies a gate: a name alone may exist at two sites that share one key. */
import type { GateId, LaneId, SiteId } from '../../base/ids.js';

export interface GatePlace {
  readonly site: SiteId;
  readonly lane: LaneId;
  readonly gate: GateId;
}

/**
 * What lane and gate sign. 1: the lane signs grants for a gate, and the gate signs nothing. 2: grants name site and lane too,
 * and every answer and passage of the gate is signed.
 */
export type GateProtocol = 1 | 2;
