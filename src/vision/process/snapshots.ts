/** Core's side of a snapshot: one question at a time to the process that watches now. */
import { type Millis, millis } from '../../base/units.js';
import type { Snapshot, SnapshotSource } from '../ports/vision.js';
import type { Request } from './vision-requests.js';

export interface SnapshotQuestions extends SnapshotSource {
  /** A process took over. */
  ask(send: (request: Request) => void): void;
  /** It is gone. */
  lost(): void;
  /** @returns false for an answer to a question that nobody ever asked. */
  answered(id: number, snapshot: Snapshot): boolean;
}

/** A camera in order gives its next picture within 0.1 s; whoever ordered one waits 5 s for the answer. */
const PATIENCE = millis(2500);
/** On top of it, for the way there and back. */
const ON_THE_WAY = 500;

export function createSnapshotQuestions(patience: Millis = PATIENCE): SnapshotQuestions {
  let send: ((request: Request) => void) | undefined;
  let nextId = 0;
  let waiting: { readonly id: number; readonly settle: (snapshot: Snapshot) => void } | undefined;

  const settle = (snapshot: Snapshot) => {
    waiting?.settle(snapshot);
    waiting = undefined;
  };
  return {
    snapshot() {
      if (waiting !== undefined) return Promise.resolve(none('busy'));
      if (send === undefined) return Promise.resolve(none('vision-restarting'));
      const id = nextId;
      nextId += 1;
      const answer = new Promise<Snapshot>((resolve) => {
        waiting = { id, settle: resolve };
      });
      const timer = setTimeout(() => settle(none('camera-not-live')), patience + ON_THE_WAY);
      send({ kind: 'snapshot', id, patience });
      return answer.finally(() => clearTimeout(timer));
    },
    ask(next) {
      send = next;
    },
    lost() {
      send = undefined;
      settle(none('vision-restarting'));
    },
    answered(id, snapshot) {
      // One that comes too late is dropped: nobody waits for it any more.
      if (waiting?.id === id) settle(snapshot);
      return id < nextId;
    },
  };
}

const none = (reason: Extract<Snapshot, { kind: 'none' }>['reason']): Snapshot => ({ kind: 'none', reason });
