/** A configuration that was damaged on its disk, or written by somebody in a hurry. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { TwinstileError } from '../../../src/base/errors.js';
import { parseConfig } from '../../../src/service/config/parse-config.js';
import { chance, mutated } from '../chance.js';
import type { Row } from '../row.js';

const HANG_MS = 500;

export const configMutated: Row = {
  name: 'config-mutated',
  claim: 'a damaged configuration is either read or refused in words, in no time',
  short: 1500,
  long: 40_000,
  async run({ n }) {
    const luck = chance(9);
    const good = await readFile(fileURLToPath(new URL('../../../config/example.yaml', import.meta.url)));
    const failures: string[] = [];
    let read = 0;
    for (let trial = 0; trial < n; trial += 1) {
      const text = mutated(good, luck).toString('utf8');
      const start = process.cpuUsage();
      try {
        parseConfig(text);
        read += 1;
      } catch (error) {
        if (!(error instanceof TwinstileError) || error.code !== 'config-invalid')
          failures.push(`threw ${error instanceof Error ? error.message : error}`);
      }
      // Of this process alone: a busy machine must not look like a hang.
      const { user, system } = process.cpuUsage(start);
      const took = (user + system) / 1000;
      if (took > HANG_MS) failures.push(`took ${Math.round(took)} ms`);
      if (trial % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    return { n, failures: [...new Set(failures)], note: `${read} could still be read` };
  },
};
