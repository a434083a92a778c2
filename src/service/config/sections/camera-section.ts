import { z } from 'zod';
import { filePath, zoneSchema } from './value-schemas.js';

const size = {
  width: z.int().min(160).max(7680).optional().describe('Width to ask the camera for, in pixels.'),
  height: z.int().min(120).max(4320).optional().describe('Height to ask the camera for, in pixels.'),
  fps: z.number().min(1).max(120).optional().describe('Frames a second to ask the camera for.'),
};

const playback = {
  path: filePath().describe('Where it lies; relative to this configuration file.'),
  pace: z
    .enum(['real-time', 'fast'])
    .default('real-time')
    .describe('As a camera would deliver it, or every frame as fast as it can be used.'),
  loop: z.boolean().default(false).describe('Start again at the end.'),
};

const kindOf = <Kind extends string>(kind: Kind) =>
  z.literal(kind).describe('usb, csi, stream, file or folder.');

/** Mirrors CameraSource in ports/camera.ts. */
export const cameraSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: kindOf('usb'),
      device: z
        .string()
        .regex(/^\/dev\/./, 'Expected a device such as "/dev/video0".')
        .describe('The V4L2 device.'),
      ...size,
    }),
    z.strictObject({
      kind: kindOf('csi'),
      sensor: z.int().min(0).max(15).describe('Number of the sensor on the board.'),
      ...size,
      pipeline: z.string().min(1).optional().describe('A whole GStreamer pipeline instead of the stock one.'),
    }),
    z.strictObject({
      kind: kindOf('stream'),
      url: z
        .string()
        .regex(
          /^(rtsps?|https?):\/\/./,
          'Expected an address that starts with rtsp://, rtsps://, http:// or https://.',
        )
        .describe('Address of the network camera (RTSP, or MJPEG over HTTP).'),
    }),
    z.strictObject({ kind: kindOf('file'), ...playback }),
    z.strictObject({
      kind: kindOf('folder'),
      fps: z.number().min(0.1).max(120).default(10).describe('Images a second in real time.'),
      ...playback,
    }),
  ])
  .describe('Where the pictures come from.');

/** A second camera, for the document of a visitor: see docs/ACCESS.md. */
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
