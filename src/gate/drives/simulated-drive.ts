/** Simulates a gate in memory, for the demonstration and for tests. */
import type { Millis } from '../../base/units.js';
import type { Direction } from '../protocol/grant-bytes.js';
import type { Drive } from './drive.js';

interface Simulator extends Drive {
  /** Whether it is released now. */
  readonly released: boolean;
  /** How many times it was released so far. */
  readonly releases: number;
}

/** @param options.walkAfter a person walks through this long after each release; absent: the gate has no passage sensor. */
export function createSimulator(options: { readonly walkAfter?: Millis } = {}): Simulator {
  const { walkAfter } = options;
  const listeners: ((direction: Direction) => void)[] = [];
  const walks = new Set<NodeJS.Timeout>();
  let relock: NodeJS.Timeout | undefined;
  let releases = 0;

  const walkSoon = (span: Millis, direction: Direction) => {
    const walk = setTimeout(() => {
      walks.delete(walk);
      for (const listener of listeners) listener(direction);
    }, span);
    walks.add(walk);
  };
  return {
    get released() {
      return relock !== undefined;
    },
    get releases() {
      return releases;
    },
    async open(pulse, { direction }) {
      releases += 1;
      clearTimeout(relock);
      relock = setTimeout(() => {
        relock = undefined;
      }, pulse);
      // A person who is slower than the pulse finds the gate shut, and does not walk.
      if (walkAfter !== undefined && walkAfter < pulse) walkSoon(walkAfter, direction);
    },
    onWalked:
      walkAfter === undefined
        ? undefined
        : (listener: (direction: Direction) => void) => void listeners.push(listener),
    async close() {
      clearTimeout(relock);
      relock = undefined;
      for (const walk of walks) clearTimeout(walk);
      walks.clear();
    },
  };
}
