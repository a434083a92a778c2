import { z } from 'zod';
import { filePath } from './file-place.js';

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
