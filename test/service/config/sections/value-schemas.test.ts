import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fleetSchema } from '../../../../src/service/config/sections/fleet-section.js';
import {
  adaptationSchema,
  backupSchema,
  privacySchema,
} from '../../../../src/service/config/sections/upkeep-section.js';

const fleet = { source: 'https://example.org/gallery', root_file: 'root.json' };
/** Every key of the configuration that says when something is done. */
const keys = {
  'gallery.fleet.schedule': (schedule: string) => fleetSchema.safeParse({ ...fleet, schedule }),
  'backup.schedule': (schedule: string) => backupSchema.safeParse({ schedule }),
  'privacy.retention.schedule': (schedule: string) => privacySchema.safeParse({ retention: { schedule } }),
  'adaptation.schedule': (schedule: string) => adaptationSchema.safeParse({ schedule }),
};

for (const [key, parse] of Object.entries(keys)) {
  for (const text of [
    'every minute now',
    '*/30 * * * * * *',
    '0 0 31 2 *',
    '61 * * * *',
    '',
    ' ',
    `${'0,'.repeat(60)}0 * * * *`,
  ])
    test(`${key} refuses '${text.slice(0, 20)}' with an example of what is right`, () => {
      const { success, error } = parse(text);
      assert.equal(success, false);
      assert.match(error?.issues[0]?.message ?? '', /cron expression.* such as|100/);
    });
  for (const text of ['@daily', '*/30 * * * * *', '17 3 * * *', '0 0 29 2 *', '0 6 L * *'])
    test(`${key} takes '${text}'`, () => assert.equal(parse(text).success, true));
}
