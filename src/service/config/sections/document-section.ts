/** Describes a second camera, for the document of a visitor: see docs/ACCESS.md. */
import { z } from 'zod';
import { cameraSchema } from './camera-section.js';
import { zoneSchema } from './roi-section.js';

export const documentSchema = z
  .strictObject({
    camera: cameraSchema,
    reader_verifies_document: z
      .literal(
        true,
        'Expected true: the camera takes any photograph for a pass, so that the reader must tell of none but genuine ones',
      )
      .describe(
        'You have made sure that the reader tells only of passes it has checked: by their chip, a signed code, a list of those given out.',
      ),
    roi: zoneSchema('The part of the picture in which the pass lies; faces elsewhere are not looked at.'),
    min_inter_ocular_px: z
      .number()
      .min(12)
      .max(400)
      .default(20)
      .describe('Smallest distance between the eyes of the photograph, in pixels of this camera.'),
    max_inter_ocular_px: z
      .number()
      .min(12)
      .max(4096)
      .optional()
      .describe(
        'Largest such distance: above it a face is that of somebody who bends over the camera. Any if absent.',
      ),
    without_liveness: z
      .boolean()
      .default(false)
      .describe(
        'You accept that whoever holds a pass before the lane’s own camera may be taken for the living face to it.',
      ),
  })
  .describe('A camera of its own for the passes of visitors, where no photograph comes with the badge.');

export type DocumentConfig = z.infer<typeof documentSchema>;
