/**
 * Builds the bytes that an operator signs: one byte string for one request, and no two requests with the same bytes.
 *
 * Seven fields, each with its length before it (2 bytes, big-endian): "twinstile-command-v1" | topic of the lane
 * ("twinstile/SITE/LANE") | operation | operator | transaction | challenge (32 raw bytes) | mode or person, empty where neither
 * belongs to the operation. Text is UTF-8.
 */
import type { Operation } from './operations.js';

const COMMAND_CONTEXT = 'twinstile-command-v1';

export interface Request {
  /** "twinstile/SITE/LANE" */
  readonly lane: string;
  readonly operation: Operation;
  readonly operator: string;
  readonly transaction: string;
  /** 32 bytes as 64 lower-case hexadecimal digits. */
  readonly challenge: string;
  readonly argument: string;
}

export function commandBytes(request: Request): Uint8Array {
  const { lane, operation, operator, transaction, challenge, argument } = request;
  const fields = [COMMAND_CONTEXT, lane, operation, operator, transaction].map((text) => Buffer.from(text));
  const all = [...fields, Buffer.from(challenge, 'hex'), Buffer.from(argument)];
  return Buffer.concat(all.flatMap((field) => [lengthOf(field), field]));
}

function lengthOf(field: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(field.length);
  return length;
}
