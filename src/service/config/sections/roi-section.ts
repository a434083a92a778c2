/** Describes a region of a camera's picture. */
import { z } from 'zod';

const fraction = z.number().min(0).max(1);

/** In fractions of the picture, independent of its resolution. @param what the use of the region. */
export const zoneSchema = (what: string) =>
  z
    .strictObject({
      x: fraction.default(0).describe('Left edge, as a share of the picture.'),
      y: fraction.default(0).describe('Top edge, as a share of the picture.'),
      width: fraction.gt(0).default(1).describe('Width, as a share of the picture.'),
      height: fraction.gt(0).default(1).describe('Height, as a share of the picture.'),
    })
    .prefault({})
    .describe(what);
