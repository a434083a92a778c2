/** Frames the messages between core and a vision process: format "TWV1" of message-frames.ts. */
import {
  FrameDecoder,
  type FramedMessage,
  type FrameFormat,
  frameParts,
} from '../../platform/local-socket/message-frames.js';

const MAGIC = 'TWV1';

export type FramingLimits = Pick<FrameFormat, 'header' | 'payload'>;

/** 64 faces take about 25 kB of JSON; 64 embeddings of 4096 float32 are 1 MB. */
export const REPORT_LIMITS: FramingLimits = { header: 128 * 1024, payload: 2 * 1024 * 1024 };
/** A photograph has at most 64 MB: as a phone writes one of 200 megapixels. */
export const REQUEST_LIMITS: FramingLimits = { header: 64 * 1024, payload: 64 * 1024 * 1024 };

export type PipeMessage = FramedMessage;

/** @returns the message in parts that are to be written one after the other. */
export const frameMessage = (header: unknown, payload?: Uint8Array): readonly Uint8Array[] =>
  frameParts({ magic: MAGIC }, header, payload);

/** Puts messages together from chunks. Throws TwinstileError 'vision-protocol' for a stream that breaks the format. */
export class MessageDecoder extends FrameDecoder {
  constructor(limits: FramingLimits) {
    super({
      ...limits,
      magic: MAGIC,
      code: 'vision-protocol',
      hint: 'Look into the log for what the vision process wrote before; it is replaced.',
    });
  }
}
