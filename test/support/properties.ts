/**
 * Runs a property that guards a door: short in the suite, long with `npm run properties -- --long`.
 *
 * Each run prints how many cases it tried and from which seed, also when it holds: what was tried 200 times by chance is
 * not "never", and a failure must be had again.
 */
import type { TestContext } from 'node:test';
import fc from 'fast-check';

/** How many cases each form tries. */
export interface Runs {
  readonly short: number;
  readonly long: number;
}

/** Set by test/properties.ts. */
const { TWINSTILE_PROPERTIES, TWINSTILE_PROPERTIES_RUNS, TWINSTILE_PROPERTIES_SEED } = process.env;
const isLong = TWINSTILE_PROPERTIES === 'long';
const seedGiven = TWINSTILE_PROPERTIES_SEED === undefined ? undefined : Number(TWINSTILE_PROPERTIES_SEED);

/** @throws what fast-check says of the first case that fails, with seed and path. */
export async function holds<Case>(
  t: Pick<TestContext, 'diagnostic' | 'name'>,
  property: fc.IProperty<Case> | fc.IAsyncProperty<Case>,
  { short, long }: Runs,
): Promise<void> {
  const numRuns = Number(TWINSTILE_PROPERTIES_RUNS ?? (isLong ? long : short));
  const seed = seedGiven ?? Math.floor(Math.random() * 2 ** 31);
  const began = Date.now();
  t.diagnostic(`property: ${numRuns} cases from seed ${seed}`);
  await fc.assert(property as fc.IAsyncProperty<Case>, { numRuns, seed });
  t.diagnostic(`property: held in ${Date.now() - began} ms: ${t.name}`);
}
