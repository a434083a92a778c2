/** Provides the parts of an office without gates: no passages, only the administrators' acts are recorded. */

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

/** The chain of acts; without a broker to notify or a decision to finish. */
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
