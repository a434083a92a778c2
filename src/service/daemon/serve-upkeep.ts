/** Runs retention and backups by the wall clock, without any network. */

import type { Clock } from '../../base/clock.js';
import { explain } from '../../base/errors.js';
import type { Log } from '../../platform/log.js';
import { runOnSchedule } from '../../platform/on-schedule.js';
import { retain, type Upkeep } from '../../records/erasure/retention.js';
import type { Config } from '../config/config-schema.js';
import { siteZone } from '../config/sections/access-section.js';

export interface UpkeepDependencies {
  readonly config: Pick<Config, 'privacy' | 'backup' | 'access'>;
  readonly upkeep: Upkeep;
  readonly clock: Clock;
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>;
}

/** Runs until the signal aborts; a failed job is reported and repeated at its next time. */
export async function serveUpkeep(
  { config, upkeep, clock, log }: UpkeepDependencies,
  signal: AbortSignal,
): Promise<void> {
  const { journal_days, templates_days, tombstones_days } = config.privacy.retention;
  const rules = {
    journalDays: journal_days,
    templatesDays: templates_days,
    tombstonesDays: tombstones_days,
  };
  const jobs: readonly (readonly [string, string, () => Promise<void>])[] = [
    [
      'retention',
      config.privacy.retention.schedule,
      async () => {
        const retained = await retain(upkeep, rules, clock.wall());
        if (retained.kind === 'put-off')
          log.warn({ days: retained.days }, 'retention waits: the clock leapt, or the box was off');
        else if (retained.rows + retained.templates + retained.tombstones > 0)
          log.info(
            { rows: retained.rows, templates: retained.templates, tombstones: retained.tombstones },
            'retention',
          );
      },
    ],
    [
      'backup',
      config.backup.schedule,
      async () =>
        log.info({ file: await upkeep.backUp(clock.wall(), config.backup.keep) }, 'backup made and checked'),
    ],
  ];
  let running = Promise.resolve();
  const zone = siteZone(config);
  await Promise.all(
    jobs.map(([job, expression, work]) => {
      const inTurn = (): Promise<void> => {
        // Sequential, because both read and write the same disk.
        running = running.then(work).catch((error: unknown) => {
          // The gates keep working; the next run may succeed.
          log.error({ job, detail: explain(error) }, 'upkeep failed');
        });
        return running;
      };
      return runOnSchedule({ expression, zone }, inTurn, { clock }, signal);
    }),
  );
}
