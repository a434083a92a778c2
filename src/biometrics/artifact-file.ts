/**
 * Reads and writes artifacts of training (heads, calibrations, rerankers): one JSON file that carries the SHA-256 of everything
 * else in it.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { type ErrorCode, TwinstileError } from '../base/errors.js';
import { writeIntoExistingFolder } from '../platform/atomic-file.js';
import { readPlainText } from '../platform/plain-file.js';

export const sha256Text = z.string().regex(/^[0-9a-f]{64}$/);

interface ArtifactFormat<Shape extends z.ZodRawShape> {
  /** "twinstile-head/1" */
  readonly format: string;
  /** "a head": what messages call it. */
  readonly noun: string;
  readonly code: ErrorCode;
  /** Fields of the file besides `format` and `sha256`. */
  readonly fields: Shape;
  /** In bytes and in characters, inclusive: checked before the file is read. */
  readonly maxSize: number;
  readonly hints: {
    /** The content is refused. */
    readonly content: string;
    /** Another kind of file is named, or one that is too large. */
    readonly file: string;
    readonly missing: string;
    readonly unwritable: string;
  };
}

type Fields<Shape extends z.ZodRawShape> = z.output<z.ZodObject<Shape>>;

interface ArtifactFile<Content> {
  toText(content: Content): string;
  /** @throws TwinstileError for text that is too long, no JSON, of another format, or whose sum is wrong. */
  fromText(text: string): Content;
  /** @throws TwinstileError when the file is missing, no plain file, or too large. */
  read(file: string): Promise<string>;
  /** Writes completely or not at all: a crash leaves the old file in place. @throws TwinstileError. */
  write(file: string, text: string): Promise<void>;
  /** Makes the error for content that is refused. */
  refused(expected: string, got: string, cause?: unknown): TwinstileError;
}

export function createArtifactFile<Shape extends z.ZodRawShape>(
  artifact: ArtifactFormat<Shape>,
): ArtifactFile<Fields<Shape>> {
  const { format, noun, code, fields, maxSize, hints } = artifact;
  const schema = z.strictObject({ format: z.literal(format), sha256: sha256Text, ...fields });
  const refusal = (expected: string, got: string, hint: string, cause?: unknown): TwinstileError =>
    new TwinstileError({ code, message: `Expected ${expected}, got ${got}.`, hint, cause });
  const refused = (expected: string, got: string, cause?: unknown): TwinstileError =>
    refusal(`${noun} with ${expected}`, got, hints.content, cause);
  return {
    refused,
    toText(content) {
      const whole = { format, ...content };
      return `${JSON.stringify({ ...whole, sha256: integrityOf(whole) }, null, 1)}\n`;
    },
    fromText(text) {
      if (text.length > maxSize) throw refused(`at most ${maxSize} characters`, `${text.length}`);
      const parsed = schema.safeParse(parseJson(text, refused));
      if (!parsed.success) throw refused(`the format ${format}`, z.prettifyError(parsed.error), parsed.error);
      const { sha256: claimed, ...whole } = parsed.data as Fields<Shape> & { readonly sha256: string };
      const actual = integrityOf(whole);
      if (claimed !== actual) throw refused(`content with the sha256 ${claimed}`, actual);
      return whole as unknown as Fields<Shape>;
    },
    async read(file) {
      const refuse = (expected: string, got: string) => refusal(expected, got, hints.file);
      try {
        return await readPlainText(file, { maxBytes: maxSize, refuse });
      } catch (cause) {
        if (cause instanceof TwinstileError) throw cause;
        throw refusal(`a file at ${file}`, 'none that can be read', hints.missing, cause);
      }
    },
    async write(file, text) {
      try {
        await writeIntoExistingFolder(file, text);
      } catch (cause) {
        throw refusal(`to write ${file}`, 'a failure', hints.unwritable, cause);
      }
    },
  };
}

function parseJson(text: string, refused: ArtifactFile<never>['refused']): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw refused('JSON', 'text that is none', cause);
  }
}

/** Sums the content without its own sum. Keys in order, so that a file that another program writes again keeps its sum. */
function integrityOf(content: unknown): string {
  return createHash('sha256').update(JSON.stringify(content, sortKeys)).digest('hex');
}

function sortKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What is read from text: base64 of float32 numbers, least significant byte first. */
export type Float32Read = { readonly values: Float32Array<ArrayBuffer> } | { readonly problem: string };

export function float32ToText(values: Float32Array): string {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [i, value] of values.entries()) bytes.writeFloatLE(value, i * 4);
  return bytes.toString('base64');
}

/** @param count how many numbers there must be. */
export function float32FromText(text: string, count: number): Float32Read {
  if (text.length !== 4 * Math.ceil((count * 4) / 3))
    return { problem: `text of another length than ${count} numbers have` };
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return { problem: 'no base64' };
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length !== count * 4) return { problem: `${bytes.length / 4} numbers instead of ${count}` };
  const values = new Float32Array(count);
  for (let i = 0; i < count; i += 1) values[i] = bytes.readFloatLE(i * 4);
  return values.every(Number.isFinite) ? { values } : { problem: 'a number that is not finite' };
}
