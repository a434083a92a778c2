/** Describes the work that runs by a schedule: retention, backups, and the adaptation of lanes to their cameras. */
import { z } from 'zod';
import { cronSchema, filePath } from './value-schemas.js';

const days = (what: string) => z.int().min(1).max(36_500).optional().describe(what);

export const privacySchema = z.strictObject({
  publish_names: z.boolean().default(false).describe('Whether people’s names leave the box over MQTT.'),
  snapshot: z
    .enum(['off', 'allowed'])
    .default('off')
    .describe(
      'Whether operators who may ("permissions: [snapshot]" of commands) get a picture of a lane’s camera over MQTT.',
    ),
  live_view: z
    .enum(['off', 'zone', 'allowed'])
    .default('off')
    .describe(
      'Whether programs that may use the service’s socket get live pictures of the lanes, small and at most ten a second: off, zone (what is outside of the lane’s `roi` is made unrecognisable), allowed. Each viewing is written into the journal, and the lane’s state says so; nothing is stored.',
    ),
  store_face_crops: z
    .boolean()
    .default(false)
    .describe(
      'Whether enrollment keeps the face of each photograph (224x224, sealed under the person’s key), so that another encoder needs nobody to come again.',
    ),
  evidence: z
    .enum(['off', 'numbers'])
    .default('off')
    .describe(
      'What a lane keeps in memory of the last passages for ten minutes: off, or numbers (rates, quality and some vectors, no picture), with which a passage can be disputed. Nothing of it is stored.',
    ),
  consent_expires_days: days('After how many days a consent has to be asked for again; never if absent.'),
  retention: z
    .strictObject({
      journal_days: days(
        'After how many days a row of the journal forgets whom it was about; the row itself stays. Never if absent.',
      ),
      templates_days: days(
        'How many days after a consent has ended its templates are erased; never if absent.',
      ),
      tombstones_days: z
        .int()
        .min(1)
        .max(36_500)
        .default(400)
        .describe(
          'How many days a badge that was taken away stays known, by an HMAC and without a person: so long it is never a visitor’s.',
        ),
      schedule: cronSchema('41 * * * *', 'When the box looks what has to go (cron).'),
    })
    .prefault({})
    .describe('How long the box knows what.'),
});

export const backupSchema = z.strictObject({
  folder: filePath().optional().describe('Folder of the backups; `backups` in `data_dir` if absent.'),
  schedule: cronSchema('17 3 * * *', 'When a backup is made (cron).'),
  keep: z.int().min(1).max(1000).default(7).describe('How many are kept.'),
});

/** How lanes adapt to their cameras. */
export const adaptationSchema = z.strictObject({
  mode: z
    .enum(['off', 'propose', 'use'])
    .default('off')
    .describe(
      'Whether lanes gather sums of what their cameras show, and make heads of them: off (nothing is gathered, and no such head is used), propose (somebody takes it with twinstile adapt use), use (what was found better is used at once).',
    ),
  schedule: cronSchema('23 4 * * *', 'When heads are made and judged (cron).'),
  method: z
    .enum(['mean', 'whitening', 'wccn'])
    .default('wccn')
    .describe(
      'What is taken away: the mean of the camera’s faces; also where they differ most; or where one face differs from itself.',
    ),
  shrinkage: z
    .number()
    .gt(0)
    .max(1)
    .default(0.7)
    .describe('How strongly whitening and wccn are held back, above 0 and at most 1; 1 is the mean alone.'),
  passages: z
    .int()
    .min(5)
    .max(1_000_000)
    .default(100)
    .describe('As many equal passages as must have been gathered before a head is made.'),
  evaluation_folder: filePath()
    .optional()
    .describe(
      'Folder with one subfolder of photographs or clips per person, by which heads are judged; the enrolled photographs if absent.',
    ),
});

export type AdaptationConfig = z.infer<typeof adaptationSchema>;
