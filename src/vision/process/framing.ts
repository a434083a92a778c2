/**
 * Messages on a pipe: magic "TWV1", uint32 LE length of the header, uint32 LE length of the payload, the header as
 * JSON in UTF-8, the payload as raw bytes.
 */
import { TwinstileError } from '../../base/errors.js';

const MAGIC = Buffer.from('TWV1', 'latin1');
const PREFIX_BYTES = 12;

export interface FramingLimits {
  /** Longest header, in bytes. */
  readonly header: number;
  /** Longest payload, in bytes. */
  readonly payload: number;
}

/** 64 faces take about 25 kB of JSON; 64 embeddings of 4096 float32 are 1 MB. */
export const REPORT_LIMITS: FramingLimits = { header: 128 * 1024, payload: 2 * 1024 * 1024 };
/** A photograph has at most 32 MB. */
export const REQUEST_LIMITS: FramingLimits = { header: 64 * 1024, payload: 32 * 1024 * 1024 };

export interface PipeMessage {
  /** Parsed JSON, not yet checked. */
  readonly header: unknown;
  /** Valid only until the next call of the decoder's owner; copy what is to be kept. */
  readonly payload: Buffer;
}

const NOTHING = new Uint8Array(0);

/** @returns the message in parts that are to be written one after the other. */
export function frameMessage(header: unknown, payload: Uint8Array = NOTHING): readonly Uint8Array[] {
  const json = Buffer.from(JSON.stringify(header), 'utf8');
  const head = Buffer.allocUnsafe(PREFIX_BYTES + json.length);
  MAGIC.copy(head);
  head.writeUInt32LE(json.length, 4);
  head.writeUInt32LE(payload.length, 8);
  json.copy(head, PREFIX_BYTES);
  return payload.length === 0 ? [head] : [head, payload];
}

const protocolError = (expected: string, got: string): TwinstileError =>
  new TwinstileError({
    code: 'vision-protocol',
    message: `Expected ${expected}, got ${got}.`,
    hint: 'Look into the log for what the vision process wrote before; it is replaced.',
  });

/** Puts messages together from chunks however the pipe cuts them. What is left of a half message is simply dropped with it. */
export class MessageDecoder {
  readonly #limits: FramingLimits;
  #chunks: Buffer[] = [];
  #bytes = 0;
  /** Bytes of the whole message at the front, once its prefix is there. */
  #needed: number | undefined;

  constructor(limits: FramingLimits) {
    this.#limits = limits;
  }

  /**
   * @returns the messages that are complete now, in order.
   * @throws TwinstileError 'vision-protocol' for a wrong magic, a length over the limit or a header that is no JSON;
   * the stream cannot be used any further then.
   */
  *push(chunk: Buffer): Generator<PipeMessage, void> {
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
    if (!front.subarray(0, 4).equals(MAGIC))
      throw protocolError('a message that starts with TWV1', `bytes ${front.subarray(0, 4).toString('hex')}`);
    const header = front.readUInt32LE(4);
    const payload = front.readUInt32LE(8);
    if (header > this.#limits.header)
      throw protocolError(`a header of at most ${this.#limits.header} bytes`, `${header}`);
    if (payload > this.#limits.payload)
      throw protocolError(`a payload of at most ${this.#limits.payload} bytes`, `${payload}`);
    return PREFIX_BYTES + header + payload;
  }

  #parse(whole: Buffer): PipeMessage {
    const end = PREFIX_BYTES + whole.readUInt32LE(4);
    try {
      const header: unknown = JSON.parse(whole.toString('utf8', PREFIX_BYTES, end));
      return { header, payload: whole.subarray(end) };
    } catch {
      // The parser's own words would put bytes of a broken process into the log.
      throw protocolError('a header in JSON', `${end - PREFIX_BYTES} bytes of something else`);
    }
  }
}
