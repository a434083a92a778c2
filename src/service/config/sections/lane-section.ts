import { z } from 'zod';
import { ID_PATTERN } from '../../../base/ids.js';
import { DETECTOR_DEFAULTS } from '../../../vision/ports/vision.js';
import { cameraSchema, documentSchema } from './camera-section.js';
import { relaySchema } from './relay-section.js';
import { credentialName, filePath, rateSchema, zoneSchema } from './value-schemas.js';

/** Allowed name of a site, a lane or a gate: it becomes a topic segment. */
export const idSchema = z
  .string()
  .regex(
    ID_PATTERN,
    'Expected 1 to 64 letters, digits, dots, dashes or underscores, a letter or digit first.',
  );

const off = z.literal('off');
const fraction = z.number().min(0).max(1);
const frames = (usual: number) =>
  z
    .int()
    .min(1)
    .max(30)
    .default(usual)
    .describe('How many different frames must agree one by one, or be sure together.');
const windowMs = z
  .int()
  .min(200)
  .max(10_000)
  .default(2000)
  .describe('How far back an observation still counts.');

const identification = z.strictObject({
  max_fpir: rateSchema.describe(
    'How often a stranger may be taken for anybody enrolled, per look; "1 in 1,000" or a number up to 0.01.',
  ),
  min_margin_ratio: z
    .number()
    .min(1)
    .max(1_000_000)
    .default(10)
    .describe('How many times likelier the best person must be than the next one.'),
  frames: frames(3),
  window_ms: windowMs,
});

const verification = z.strictObject({
  max_fmr: rateSchema.describe(
    'How often a stranger may pass for the badge holder, per comparison; "1 in 10,000" or a number up to 0.01.',
  ),
  frames: frames(2),
  window_ms: windowMs,
  badge_valid_ms: z
    .int()
    .min(1000)
    .max(60_000)
    .default(10_000)
    .describe('How long after a badge was presented its holder may show the face.'),
  document_photo: z
    .enum(['off', 'allowed'])
    .default('off')
    .describe('Whether a visitor may be compared with the photograph that the reader found in the pass.'),
});

const livenessMode = z.enum(['off', 'record', 'require']);

export const laneSchema = z.strictObject({
  id: idSchema.describe('Name of the lane, once on this box.'),
  gate: idSchema.describe('Name of the gate it opens, as the gate calls itself.'),
  gate_key_file: filePath()
    .optional()
    .describe(
      'File that holds what the answers of the gate are checked with: gate.pub of twinstile keys new gate, or several one below the other; not needed where grants are signed with HMAC.',
    ),
  gate_key_credential: credentialName()
    .optional()
    .describe('Name of the systemd credential that holds the same.'),
  gate_protocol: z
    .union([z.literal(1), z.literal(2)])
    .default(2)
    .describe(
      '1 for a gate whose answers are not signed: whoever may publish on its topics speaks for it, and its passages move no anti-passback.',
    ),
  direction: z.enum(['in', 'out']).describe('Which way people walk.'),
  pulse_ms: z
    .int()
    .min(100)
    .max(10_000)
    .default(1000)
    .describe('How long the gate is told to stay released.'),
  relay: relaySchema.optional(),
  camera: cameraSchema,
  roi: zoneSchema('The part of the picture in which somebody wants to pass.'),
  document_camera: documentSchema.optional(),
  detector: z
    .strictObject({
      width: z
        .int()
        .min(320)
        .max(1280)
        .default(DETECTOR_DEFAULTS.width)
        .describe('Width the detector works at, in pixels.'),
      min_score: fraction
        .gt(0)
        .default(DETECTOR_DEFAULTS.minScore)
        .describe('How sure the detector must be of a face.'),
    })
    .prefault({})
    .describe('How faces are found.'),
  quality: z
    .strictObject({
      min_inter_ocular_px: z
        .number()
        .min(10)
        .max(400)
        .default(20)
        .describe('Smallest distance between the eyes that is worth encoding, in pixels of the frame.'),
    })
    .prefault({})
    .describe('Which faces are good enough to be compared.'),
  identification: z
    .union([off, identification])
    .default('off')
    .describe('1:N: who of all the enrolled is this? "off" or the rules.'),
  verification: z
    .union([off, verification])
    .default('off')
    .describe('1:1: is this the person whose badge was presented? "off" or the rules.'),
  liveness: z
    .strictObject({
      mode: livenessMode
        .optional()
        .describe(
          'Is it a living face or a picture of one? "off", "record" (told with each decision) or "require" (nobody is let in without it); if absent, "require" with a pack that can tell and "record" with one that cannot.',
        ),
      verification: livenessMode
        .optional()
        .describe('The same where a badge is presented as well; as "mode" unless said otherwise.'),
      by_schedule: z
        .array(
          z.strictObject({
            schedule: idSchema.describe('When this is asked for instead: a schedule of "access".'),
            mode: livenessMode.describe('What is asked for then.'),
            verification: livenessMode
              .optional()
              .describe(
                'The same where a badge is presented as well; as "mode" beside it unless said otherwise.',
              ),
          }),
        )
        .default([])
        .describe('Other modes at other times; the first that holds counts.'),
      challenge: z
        .boolean()
        .default(false)
        .describe('Whether the lane asks people to move when it cannot be told: "prompt" in its state.'),
    })
    .prefault({})
    .describe('Presentation-attack detection, by packs that have models for it.'),
  /** Three frames at ten per second would suffice; half a second more avoids refusing a person who is still approaching. */
  refuse_after_ms: z
    .int()
    .min(300)
    .max(10_000)
    .default(1500)
    .describe(
      'How long a face is observed before a refusal such as "unknown" is published; a presentation attack is published at once.',
    ),
  max_frame_age_ms: z.int().min(50).max(2000).default(300).describe('An older picture never opens the gate.'),
});

export type LaneConfig = z.infer<typeof laneSchema>;
