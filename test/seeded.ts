/** How often a property is tried, from a seed that is printed, so that what was found can be found again. */
import { randomInt } from 'node:crypto';

/**
 * @param runs in an ordinary test; PROPERTY_RUNS asks for more, PROPERTY_SEED for a certain seed.
 */
export function seeded(runs: number): { readonly seed: number; readonly numRuns: number } {
  const seed = Number(process.env.PROPERTY_SEED ?? randomInt(2 ** 31));
  const numRuns = Math.max(runs, Number(process.env.PROPERTY_RUNS ?? 0));
  process.stdout.write(`# ${numRuns} runs, PROPERTY_SEED=${seed}\n`);
  return { seed, numRuns };
}
