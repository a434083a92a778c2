import { hostname } from 'node:os';
import { z } from 'zod';
import { idSchema } from './lane-section.js';
import { credentialName, cronSchema, filePath, filePathOrAddress } from './value-schemas.js';

const modelsSchema = z.strictObject({
  accept_releases: z
    .boolean()
    .default(true)
    .describe('Whether releases of models that are rolled out to this box are taken.'),
  probation_s: z
    .int()
    .min(10)
    .max(86_400)
    .default(900)
    .describe('How long a release is watched after the switch, and returned from when it fails.'),
  max_locked_out: z
    .number()
    .min(0)
    .max(1)
    .default(0)
    .describe(
      'Largest share of people that may have to be enrolled again; while it is larger a new encoder waits.',
    ),
  max_latency_ms: z
    .int()
    .min(1)
    .max(60_000)
    .default(1000)
    .describe('Longest that a release may take for a photograph, from the file to the vector (median).'),
});

export const fleetSchema = z.strictObject({
  source: filePathOrAddress().describe(
    'Where the published gallery is: https://HOST/PATH, http://HOST/PATH, or a folder.',
  ),
  site: idSchema.optional().describe('Whose gallery; that of `site` if absent.'),
  device: idSchema.optional().describe('Name of this box in roll-outs of models; the host’s name if absent.'),
  root_file: filePath().describe('The root that came with the box (root.json): where all trust begins.'),
  key_file: filePath().optional().describe('File that holds the age identity of this box.'),
  key_credential: credentialName()
    .optional()
    .describe('Name of the systemd credential that holds the age identity of this box.'),
  schedule: cronSchema(
    '*/30 * * * * *',
    'When to look for a new gallery (cron, with seconds); a notice over MQTT comes before it.',
  ),
  jitter_s: z
    .number()
    .min(0)
    .max(3600)
    .default(20)
    .describe('Up to how much later each box looks, so that they do not all come at once.'),
  grace_h: z
    .number()
    .min(0)
    .max(8760)
    .default(24)
    .describe('How long a face alone still opens after what the registrar signed has expired.'),
  models: modelsSchema.prefault({}).describe('Releases of models for this box.'),
});

export type FleetConfig = z.infer<typeof fleetSchema>;

/** Name of this box within its fleet. */
export const deviceName = ({
  gallery,
}: {
  readonly gallery: { readonly fleet?: Pick<FleetConfig, 'device'> | undefined };
}): string => gallery.fleet?.device ?? hostname();
