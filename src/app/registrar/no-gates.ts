/** What an office has that has no gate of its own: nobody passes there, so nothing was written down. */
import { TwinstileError } from '../../base/errors.js';
import type { AccessStore } from '../../ports/access-store.js';
import type { Journal, Outbox } from '../../ports/journal.js';

const atABox = async (): Promise<never> => {
  throw new TwinstileError({
    code: 'internal',
    message: 'Expected to write down what happened at a gate, got the registrar, which has none.',
  });
};

export const noJournal: Journal & Outbox = {
  append: atABox,
  list: async () => [],
  walk: async () => [],
  verify: async () => ({ rows: 0 }),
  unfinished: async () => [],
  close: async () => {},
  pending: async () => [],
  delivered: async () => {},
  dropped: async () => 0,
};

export const noPassages: AccessStore = {
  records: async () => new Map(),
  save: atABox,
  modes: async () => new Map(),
  saveMode: atABox,
};
