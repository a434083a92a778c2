import { wallTime } from '../src/base/units.js';
import type { ActSource } from '../src/records/journal/act.js';

/** Who changes the tables of a bench. */
export const BENCH: ActSource = { actor: { by: 'unix:bench' }, now: () => wallTime(Date.now()) };
