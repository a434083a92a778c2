import { journalContract } from '../contracts/journal.js';
import { fakeJournal } from './journal.js';

journalContract(
  'the fake in memory',
  async () => fakeJournal(),
  async (bytes) => fakeJournal(bytes),
);
