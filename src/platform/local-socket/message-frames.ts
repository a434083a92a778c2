/**
 * Frames typed messages on a stream of bytes: four bytes that name the protocol, uint32 LE length of the header, uint32 LE
 * length of the payload, the header as JSON in UTF-8, the payload as raw bytes.
 */
import { TwinstileError } from '../../base/errors.js';

const PREFIX_BYTES = 12;
const NOTHING = new Uint8Array(0);

/** What two ends of a stream agree on. */
export interface FrameFormat {
  /** Four characters of Latin-1. */
  readonly magic: string;
  /** Longest header, in bytes. */
  readonly header: number;
  /** Longest payload, in bytes. */
  readonly payload: number;
  readonly code: 'vision-protocol' | 'socket-protocol';
  /** What to do about a stream that breaks the format. */
  readonly hint: string;
}

export interface FramedMessage {
  /** Parsed JSON, not yet checked. */
  readonly header: unknown;
  /** Valid only until the next call of the decoder's owner; copy what is to be kept. */
  readonly payload: Buffer;
}

/** Returns the message in parts that are to be written one after the other. */
export function frameParts(
  { magic }: Pick<FrameFormat, 'magic'>,
  header: unknown,
  payload: Uint8Array = NOTHING,
): readonly Uint8Array[] {
  const json = Buffer.from(JSON.stringify(header), 'utf8');
  const head = Buffer.allocUnsafe(PREFIX_BYTES + json.length);
  head.write(magic, 0, 4, 'latin1');
  head.writeUInt32LE(json.length, 4);
  head.writeUInt32LE(payload.length, 8);
  json.copy(head, PREFIX_BYTES);
  return payload.length === 0 ? [head] : [head, payload];
}

/** Puts messages together from chunks however the stream cuts them. An incomplete message is dropped with its decoder. */
export class FrameDecoder {
  readonly #format: FrameFormat;
  #chunks: Buffer[] = [];
  #bytes = 0;
  /** Bytes of the whole message at the front, once its prefix has arrived. */
  #needed: number | undefined;

  constructor(format: FrameFormat) {
    this.#format = format;
  }

  /**
   * Yields the messages that are complete now, in order.
   * @throws TwinstileError with the format's code for a wrong magic, a length over the limit or a header that is no JSON;
   * the stream cannot be used any further then.
   */
  *push(chunk: Buffer): Generator<FramedMessage, void> {
    if (chunk.length > 0) this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    for (;;) {
      if (this.#needed === undefined) {
        if (this.#bytes < PREFIX_BYTES) return;
        this.#needed = this.#measure(this.#front());
      }
      if (this.#bytes < this.#needed) return;
      const whole = this.#front();
      const needed = this.#needed;
      this.#chunks = [whole.subarray(needed)];
      this.#bytes -= needed;
      this.#needed = undefined;
      yield this.#parse(whole.subarray(0, needed));
    }
  }

  #front(): Buffer {
    const [only] = this.#chunks;
    if (this.#chunks.length === 1 && only !== undefined) return only;
    const whole = Buffer.concat(this.#chunks);
    this.#chunks = [whole];
    return whole;
  }

  #measure(front: Buffer): number {
    const { magic, header: longestHeader, payload: longestPayload } = this.#format;
    if (front.toString('latin1', 0, 4) !== magic)
      throw this.#broken(
        `a message that starts with ${magic}`,
        `bytes ${front.subarray(0, 4).toString('hex')}`,
      );
    const header = front.readUInt32LE(4);
    const payload = front.readUInt32LE(8);
    if (header > longestHeader) throw this.#broken(`a header of at most ${longestHeader} bytes`, `${header}`);
    if (payload > longestPayload)
      throw this.#broken(`a payload of at most ${longestPayload} bytes`, `${payload}`);
    return PREFIX_BYTES + header + payload;
  }

  #parse(whole: Buffer): FramedMessage {
    const end = PREFIX_BYTES + whole.readUInt32LE(4);
    try {
      const header: unknown = JSON.parse(whole.toString('utf8', PREFIX_BYTES, end));
      return { header, payload: whole.subarray(end) };
    } catch {
      // The parser's own words would put bytes of the other end into the log.
      throw this.#broken('a header in JSON', `${end - PREFIX_BYTES} bytes of something else`);
    }
  }

  #broken(expected: string, got: string): TwinstileError {
    const { code, hint } = this.#format;
    return new TwinstileError({ code, message: `Expected ${expected}, got ${got}.`, hint });
  }
}
