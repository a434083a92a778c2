/** Keys that name a file, a folder or a systemd credential. The mark on a path is what `resolve-paths.ts` resolves by. */
import { z } from 'zod';

interface PathMark {
  /** An HTTP address is allowed too, and stays as it is written. */
  readonly orAddress: boolean;
}

/** A registry of its own, so that the JSON Schema for editors stays free of it. Wrapped and described copies inherit the mark. */
const PATHS = z.registry<PathMark>();

/** Path of a file or folder; a relative one starts at the folder of the configuration file. */
export const filePath = () => z.string().min(1).register(PATHS, { orAddress: false });

/** The same, or an HTTP address. */
export const filePathOrAddress = () => z.string().min(1).register(PATHS, { orAddress: true });

/** What LoadCredential= of the unit calls it. */
export const credentialName = () =>
  z.string().regex(/^[A-Za-z0-9._-]+$/, 'Expected the name of a systemd credential, without a path.');

export const pathMarkOf = (schema: z.ZodType): PathMark | undefined => PATHS.get(schema);
