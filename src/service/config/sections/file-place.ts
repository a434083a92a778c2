/** Describes keys that name a file, a folder or a systemd credential. `resolve-paths.ts` finds paths by their mark. */
import { z } from 'zod';

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
