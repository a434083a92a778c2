/** Reads and writes messages of the protobuf wire format field by field, so that what is not edited stays byte for byte. */
import protobuf from 'protobufjs/minimal.js';

/** A field of a message: number, wire type, and its value (bytes for length-delimited and fixed ones). */
export interface Field {
  readonly number: number;
  readonly type: number;
  readonly value: number | Uint8Array;
}

const VARINT = 0;
const BYTES = 2;

/** @throws Error of protobufjs when the bytes are no message. */
export function fieldsOf(message: Uint8Array): Field[] {
  const reader = protobuf.Reader.create(message);
  const fields: Field[] = [];
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    const type = tag & 7;
    const start = reader.pos;
    if (type === BYTES) fields.push({ number: tag >>> 3, type, value: reader.bytes() });
    else {
      reader.skipType(type);
      fields.push({ number: tag >>> 3, type, value: message.subarray(start, reader.pos) });
    }
  }
  return fields;
}

export function messageOf(fields: readonly Field[]): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const { number, type, value } of fields) {
    const writer = protobuf.Writer.create().uint32((number << 3) | type);
    if (typeof value === 'number') writer.int64(value);
    else if (type === BYTES) writer.uint32(value.length);
    parts.push(writer.finish());
    if (typeof value !== 'number') parts.push(value);
  }
  return Buffer.concat(parts);
}

/** A length-delimited field: a text, bytes or a message. */
export const bytesField = (number: number, value: string | Uint8Array): Field => ({
  number,
  type: BYTES,
  value: typeof value === 'string' ? Buffer.from(value, 'utf8') : value,
});

/** @param value a whole number. */
export const varint = (number: number, value: number): Field => ({ number, type: VARINT, value });

/** The first length-delimited field of this number. */
export function partOf(fields: readonly Field[], number: number): Uint8Array | undefined {
  const field = fields.find((each) => each.number === number && each.type === BYTES);
  return typeof field?.value === 'object' ? field.value : undefined;
}

/** The first text of this number; '' when there is none, as protobuf has it. */
export const textOf = (fields: readonly Field[], number: number): string =>
  Buffer.from(partOf(fields, number) ?? []).toString('utf8');
