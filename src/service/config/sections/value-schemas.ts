/** Describes types of value that several sections use: paths, credentials, regions, rates and schedules. */
import { validate } from 'node-cron';
import { z } from 'zod';

/** `load-config.ts` finds paths by this mark. */
interface PathMark {
  /** An HTTP address is allowed too, and is left unchanged. */
  readonly orAddress: boolean;
}

/** A separate registry, which keeps the mark out of the JSON Schema. Wrapped and described copies inherit the mark. */
const PATHS = z.registry<PathMark>();

/** Path of a file or folder; a relative one is resolved against the folder of the configuration file. */
export const filePath = () => z.string().min(1).register(PATHS, { orAddress: false });

/** The same, or an HTTP address. */
export const filePathOrAddress = () => z.string().min(1).register(PATHS, { orAddress: true });

/** Its name in LoadCredential= of the unit. */
export const credentialName = () =>
  z.string().regex(/^[A-Za-z0-9._-]+$/, 'Expected the name of a systemd credential, without a path.');

export const pathMarkOf = (schema: z.ZodType): PathMark | undefined => PATHS.get(schema);

const fraction = z.number().min(0).max(1);

/** A region of a camera's picture, in fractions of it and so independent of its resolution. @param what the use of the region. */
export const zoneSchema = (what: string) =>
  z
    .strictObject({
      x: fraction.default(0).describe('Left edge, as a share of the picture.'),
      y: fraction.default(0).describe('Top edge, as a share of the picture.'),
      width: fraction.gt(0).default(1).describe('Width, as a share of the picture.'),
      height: fraction.gt(0).default(1).describe('Height, as a share of the picture.'),
    })
    .prefault({})
    .describe(what);

/** A rate above 0.01, which admits one impostor in a hundred, is treated as a typing error. */
export const HIGHEST_RATE = 0.01;
const ONE_IN = /^1\s+in\s+([1-9][0-9_,]*)$/i;
/** The same for editors; case is theirs. */
export const RATE_PATTERN = '^\\s*1\\s+[iI][nN]\\s+[1-9][0-9_,]*\\s*$';
const EXPECTED = `Expected a rate as "1 in 10,000" or a number above 0 and at most ${HIGHEST_RATE}`;

/**
 * Reads "1 in 10,000" (commas and underscores may group the digits) or a bare number.
 * @returns the rate, 0 < rate <= 0.01; undefined for anything else.
 */
export function readRate(value: unknown): number | undefined {
  const rate = typeof value === 'string' ? oneIn(value.trim()) : value;
  return typeof rate === 'number' && rate > 0 && rate <= HIGHEST_RATE ? rate : undefined;
}

function oneIn(text: string): number | undefined {
  const digits = ONE_IN.exec(text)?.[1]?.replaceAll(/[_,]/g, '');
  return digits === undefined ? undefined : 1 / Number(digits);
}

/** What may be written; the JSON Schema is narrower. */
export const rateInput = z.union([z.string(), z.number()]);

export const rateSchema = rateInput.transform((value, context) => {
  const rate = readRate(value);
  if (rate !== undefined) return rate;
  context.addIssue({ code: 'custom', message: `${EXPECTED}.` });
  return z.NEVER;
});

const MAX_CRON_LENGTH = 100;

/** The schedule of a job. @param usual the default where the key is absent. */
export const cronSchema = (usual: string, what: string) =>
  z
    .string()
    .max(MAX_CRON_LENGTH)
    .refine(
      (text) => validate(text),
      `Expected a cron expression (minute, hour, day, month, weekday; seconds before them if wanted) that occurs, such as ${JSON.stringify(usual)}.`,
    )
    .default(usual)
    .describe(what);
