/** What an office has that has no gate of its own: nobody passes there, and only what administrators do is written down. */

import type { AccessStore } from '../../access/policy/access-store.js';
import { TwinstileError } from '../../base/errors.js';
import type { Journal, Outbox } from '../../records/journal/journal.js';
import { openRows } from '../../records/journal/journal-rows.js';
import type { Tables } from '../../records/sql-port.js';

const atABox = async (): Promise<never> => {
  throw new TwinstileError({
    code: 'internal',
    message: 'Expected to write down what happened at a gate, got the registrar, which has none.',
  });
};

/** The chain of acts; there is no broker to tell, and no decision to finish. */
export const registrarJournal = (tables: Tables): Journal & Outbox => ({
  ...openRows(tables),
  unfinished: async () => [],
  pending: async () => [],
  delivered: async () => {},
  dropped: async () => 0,
  unreportedDrops: async () => 0,
  markReported: async () => {},
});

export const noPassages: AccessStore = {
  records: async () => new Map(),
  save: atABox,
  modes: async () => new Map(),
  saveMode: atABox,
};
