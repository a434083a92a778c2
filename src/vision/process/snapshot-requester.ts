/** Requests snapshots from the process that watches the lane now, one at a time. */
import { type Millis, millis } from '../../base/units.js';
import type { Snapshot, SnapshotSource } from '../ports/vision.js';
import type { VisionClient } from './vision-client.js';

export interface SnapshotRequester extends SnapshotSource {
  /** @param client of the process that started; undefined once it is gone. */
  use(client: Pick<VisionClient, 'request'> | undefined): void;
}

/** A camera in order gives its next picture within 0.1 s; the operator's command waits 5 s for the answer. */
const PATIENCE = millis(2500);
/** On top of it, for the way there and back. */
const ROUND_TRIP_MS = 500;

export function createSnapshotRequester(patience: Millis = PATIENCE): SnapshotRequester {
  let client: Pick<VisionClient, 'request'> | undefined;
  let isBusy = false;
  return {
    async snapshot() {
      if (isBusy) return none('busy');
      if (client === undefined) return none('vision-restarting');
      isBusy = true;
      try {
        return await requestFrom(client, patience);
      } finally {
        isBusy = false;
      }
    },
    use(next) {
      client = next;
    },
  };
}

async function requestFrom(client: Pick<VisionClient, 'request'>, patience: Millis): Promise<Snapshot> {
  const limit = millis(patience + ROUND_TRIP_MS);
  const outcome = await client.request<'snapshot'>({ kind: 'snapshot', patience }, { limit });
  if (outcome.kind === 'late') return none('camera-not-live');
  if (outcome.kind === 'ended') return none('vision-restarting');
  const { bytes, width, height } = outcome.responses[0];
  return { kind: 'picture', bytes, width, height };
}

const none = (reason: Extract<Snapshot, { kind: 'none' }>['reason']): Snapshot => ({ kind: 'none', reason });
