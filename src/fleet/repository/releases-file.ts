/** What the registrar remembers of the models it published for a site. */
import path from 'node:path';
import { z } from 'zod';
import { TwinstileError } from '../../base/errors.js';
import { readIfPresent, writeFileAtomically } from '../../platform/atomic-file.js';
import type { ReleasesState } from '../release-ports.js';
import { releaseSchema } from '../releases/rollout-plan.js';

const stateSchema = z.strictObject({
  serial: z.int().min(0),
  last: z.int().min(0),
  releases: z.array(
    z.strictObject({
      release: releaseSchema,
      key: z.string(),
      blobs: z.array(z.string()),
      recipient: z.string(),
    }),
  ),
});

/** @param fleet folder of the fleet. `load` @throws TwinstileError 'bad-arguments' when the file was changed by others. */
export function releasesFile(fleet: string, site: string) {
  const file = path.join(fleet, 'sites', site, 'models.json');
  return {
    async load(): Promise<ReleasesState | undefined> {
      const bytes = await readIfPresent(file);
      if (bytes === undefined) return undefined;
      try {
        return stateSchema.parse(JSON.parse(bytes.toString('utf8')));
      } catch (cause) {
        throw new TwinstileError({
          code: 'bad-arguments',
          message: `Expected ${file} as it was written, got something else.`,
          hint: 'Put it back from a backup: it holds the numbers that devices remember.',
          cause,
        });
      }
    },
    save: (state: ReleasesState): Promise<void> =>
      writeFileAtomically(file, `${JSON.stringify(state)}\n`, 0o600),
  };
}
