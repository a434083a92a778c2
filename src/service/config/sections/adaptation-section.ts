/** Describes how lanes adapt to their cameras. */
import { z } from 'zod';
import { cronSchema } from './cron.js';
import { filePath } from './file-place.js';

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
