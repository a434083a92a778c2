import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { TwinstileError } from '../../base/errors.js';
import { faultOf } from '../../base/system-error.js';
import { readPlainText } from '../../platform/plain-file.js';
import { type Config, configSchema } from './config-schema.js';
import { parseConfig } from './parse-config.js';
import { isGroup } from './sections/raw-config.js';
import { pathMarkOf } from './sections/value-schemas.js';

/** Largest file, in bytes: a thousand lanes take less. */
const MAX_CONFIG = 4 * 1024 * 1024;

/**
 * Reads a configuration file; relative paths in it are resolved against its folder.
 * @throws TwinstileError 'config-invalid'.
 */
export async function loadConfig(file: string): Promise<Config> {
  let text: string;
  try {
    text = await readPlainText(file, { maxBytes: MAX_CONFIG });
  } catch (cause) {
    throw new TwinstileError({
      code: 'config-invalid',
      message: `The configuration file ${file} cannot be read: ${faultOf(cause)}.`,
      hint:
        cause instanceof Error && 'code' in cause && cause.code === 'EACCES'
          ? 'Run this as root or as the user of the service, or give this user the right to read it.'
          : 'Copy config/example.yaml there, or name another one with --config.',
      cause,
    });
  }
  return resolvePaths(configSchema, parseConfig(text), dirname(resolve(file)));
}

/** Resolves every path against one folder; the schema marks which keys are paths. @param value what `schema` returned. */
export const resolvePaths = <Schema extends z.ZodType>(
  schema: Schema,
  value: z.infer<Schema>,
  folder: string,
): z.infer<Schema> =>
  changedIn({ schema, value, path: [] }, ({ text }) => resolve(folder, text)) as z.infer<Schema>;

/** A key of the configuration that names a file or folder. */
export interface NamedPath {
  /** ["lanes", 0, "gate_key_file"] */
  readonly path: readonly PropertyKey[];
  /** Absolute, of a configuration that was loaded. */
  readonly text: string;
}

/** Every file and folder that a configuration names, or takes by default. */
export function pathsIn(config: Config): readonly NamedPath[] {
  const found: NamedPath[] = [];
  changedIn({ schema: configSchema, value: config, path: [] }, (one) => {
    found.push(one);
    return one.text;
  });
  return found;
}

interface Place {
  readonly schema: z.ZodType;
  readonly value: unknown;
  readonly path: readonly PropertyKey[];
}

function changedIn({ schema, value, path }: Place, change: (one: NamedPath) => string): unknown {
  if (typeof value === 'string') {
    const mark = pathMarkOf(unwrapped(schema));
    const stays = mark === undefined || (mark.orAddress && /^https?:\/\//.test(value));
    return stays ? value : change({ path, text: value });
  }
  const inner = unwrapped(schema);
  if (inner instanceof z.ZodArray && Array.isArray(value))
    return value.map((entry, index) =>
      changedIn({ schema: inner.element as z.ZodType, value: entry, path: [...path, index] }, change),
    );
  if (!isGroup(value)) return value;
  const shape = shapeFor(inner, value);
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => {
      const child = shape?.[key];
      const place = { value: entry, path: [...path, key] };
      return [key, child === undefined ? entry : changedIn({ schema: child, ...place }, change)];
    }),
  );
}

type Shape = Readonly<Record<string, z.ZodType>>;

/** Keys of the group, or of the branch of a union that the value belongs to. */
function shapeFor(schema: z.ZodType, value: Readonly<Record<string, unknown>>): Shape | undefined {
  if (schema instanceof z.ZodObject) return schema.shape as Shape;
  if (!(schema instanceof z.ZodUnion)) return undefined;
  return schema.options
    .map((option) => shapeFor(unwrapped(option as z.ZodType), value))
    .find(
      (shape) => shape !== undefined && Object.keys(value).every((key) => key in shape) && fits(shape, value),
    );
}

/** Distinguishes branches with the same keys by their literals, such as `kind`. */
const fits = (shape: Shape, value: Readonly<Record<string, unknown>>): boolean =>
  Object.entries(shape).every(
    ([key, child]) => !(child instanceof z.ZodLiteral) || child.safeParse(value[key]).success,
  );

/** Unwraps "optional" and defaults. */
export function unwrapped(schema: z.ZodType): z.ZodType {
  let inner = schema;
  while (inner instanceof z.ZodOptional || inner instanceof z.ZodDefault || inner instanceof z.ZodPrefault)
    inner = inner.unwrap() as z.ZodType;
  return inner;
}
