/**
 * Reads a profile: what `command`, `fleet`, `gate` and `watch` would otherwise be asked for each time, from ~/.config/twinstile/NAME.yaml.
 *
 * An option that is typed goes before the profile. A profile holds no secret: keys and passwords are files of their own.
 */
import { homedir } from 'node:os';
import path from 'node:path';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { TwinstileError } from '../base/errors.js';
import { ID_PATTERN } from '../base/ids.js';
import { readPlainText } from '../platform/plain-file.js';
import { resolvePaths } from '../service/config/load-config.js';
import { filePath, filePathOrAddress } from '../service/config/sections/value-schemas.js';

const MAX_PROFILE = 64 * 1024;
/** Read where no other one is named, and may be absent. */
export const USUAL_PROFILE = 'default';

const id = z.string().regex(ID_PATTERN, 'Expected a name of letters, digits, dots, dashes or underscores.');
const seconds = z.number().min(1).max(86_400);

const profileSchema = z.strictObject({
  broker: z
    .string()
    .regex(/^mqtts?:\/\/[^/@\s]+$/, 'Expected mqtt://HOST:PORT or mqtts://HOST:PORT without a login in it.')
    .optional(),
  username: z.string().min(1).optional(),
  password_file: filePath().optional(),
  ca_file: filePath().optional(),
  site: id.optional(),
  lane: id.optional(),
  command: z.strictObject({ operator: id.optional(), key_file: filePath().optional() }).optional(),
  fleet: z
    .strictObject({
      repository: filePathOrAddress().optional(),
      root_file: filePath().optional(),
      heads_file: filePath().optional(),
      wait_s: seconds.optional(),
      stale_s: seconds.optional(),
    })
    .optional(),
  gate: z
    .strictObject({
      gate: id.optional(),
      direction: z.enum(['in', 'out']).optional(),
      keys: z.array(z.strictObject({ id, file: filePath() })).optional(),
      sign_key_file: filePath().optional(),
      protocol: z.union([z.literal(1), z.literal(2)]).optional(),
      cert_file: filePath().optional(),
      cert_key_file: filePath().optional(),
      drive: z.enum(['simulator', 'gpio']).optional(),
      walk_after_ms: z.int().min(0).max(60_000).optional(),
      chip: z.string().min(1).optional(),
      line: z.int().min(0).max(1023).optional(),
      active_low: z.boolean().optional(),
    })
    .optional(),
});

export type Profile = z.infer<typeof profileSchema>;

interface Place {
  readonly env: NodeJS.ProcessEnv;
}

/** Where profiles lie: XDG_CONFIG_HOME/twinstile, else ~/.config/twinstile. */
const profileFolder = ({ env }: Place): string =>
  path.join(env.XDG_CONFIG_HOME || path.join(env.HOME || homedir(), '.config'), 'twinstile');

/**
 * Reads the profile of that name; without one, the usual profile, which may be absent.
 * @returns with paths that are resolved against its folder.
 * @throws TwinstileError 'bad-arguments' for a name that is none, 'config-invalid' for a file that is missing or wrong.
 */
export async function readProfile(place: Place, name?: string): Promise<Profile> {
  if (name !== undefined && !ID_PATTERN.test(name))
    throw new TwinstileError({
      code: 'bad-arguments',
      message: `Expected the name of a profile, got '${name}'.`,
      hint: `Give the file’s name without .yaml; it lies in ${profileFolder(place)}.`,
    });
  const file = path.join(profileFolder(place), `${name ?? USUAL_PROFILE}.yaml`);
  let text: string;
  try {
    text = await readPlainText(file, { maxBytes: MAX_PROFILE });
  } catch (cause) {
    if (name === undefined && isMissing(cause)) return {};
    throw new TwinstileError({
      code: 'config-invalid',
      message: `The profile ${file} cannot be read.`,
      hint: 'Make it (docs/OPERATIONS.md, "Profiles"), or name another one with --profile.',
      cause,
    });
  }
  return resolvePaths(profileSchema, parseProfile(text, file), path.dirname(file));
}

const isMissing = (error: unknown): boolean => {
  const codes = ['ENOENT', 'ENOTDIR'];
  for (let one = error; one instanceof Error; one = one.cause)
    if (codes.includes((one as NodeJS.ErrnoException).code ?? '')) return true;
  return false;
};

function parseProfile(text: string, file: string): Profile {
  const document = parseDocument(text, { prettyErrors: true });
  const [fault] = document.errors;
  if (fault !== undefined) throw invalid(file, [fault.message.split('\n', 1)[0] ?? '']);
  // An empty file is an empty profile.
  const result = profileSchema.safeParse(document.toJS({ maxAliasCount: 50 }) ?? {});
  if (result.success) return result.data;
  throw invalid(file, result.error.issues.flatMap(problemsIn));
}

function problemsIn(issue: z.core.$ZodIssue): readonly string[] {
  const at = issue.path.map(String);
  if (issue.code !== 'unrecognized_keys')
    return [`${at.join('.') || 'the file'}: ${issue.message.replace(/^Invalid input: e/, 'E')}`];
  return issue.keys.map((key) => {
    const secret = /^(password|key|secret|token)$/.test(key);
    const order = secret
      ? `No secret belongs here: name its file as ${key}_file.`
      : `Known here: ${keysAt(at).join(', ')}.`;
    return `${[...at, key].join('.')}: Not a key of a profile. ${order}`;
  });
}

function keysAt(at: readonly string[]): readonly string[] {
  let schema: z.ZodType = profileSchema;
  for (const part of at) {
    const inner: z.ZodType = schema instanceof z.ZodOptional ? (schema.unwrap() as z.ZodType) : schema;
    if (inner instanceof z.ZodObject) schema = (inner.shape as Record<string, z.ZodType>)[part] ?? inner;
    else if (inner instanceof z.ZodArray) schema = inner.element as z.ZodType;
  }
  const last = schema instanceof z.ZodOptional ? schema.unwrap() : schema;
  return last instanceof z.ZodObject ? Object.keys(last.shape) : [];
}

const invalid = (file: string, problems: readonly string[]): TwinstileError =>
  new TwinstileError({
    code: 'config-invalid',
    message: `The profile ${file} has ${problems.length === 1 ? 'a mistake' : `${problems.length} mistakes`}:\n${problems.map((one) => `  ${one}`).join('\n')}`,
    hint: 'Correct the file; docs/OPERATIONS.md lists its keys under "Profiles".',
  });
