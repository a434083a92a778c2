/** Files of the registrar's fleet besides the keys: devices, the site's identity, and the state of the last publication and releases. */
import path from 'node:path';
import { z } from 'zod';
import { TwinstileError } from '../../base/errors.js';
import { readIfPresent, writeFileAtomically } from '../../platform/atomic-file.js';
import type { PublishedState, ReleasesState } from '../fleet-ports.js';
import { releaseSchema } from '../releases/rollout-plan.js';
import { SEGMENT_FORMATS } from '../segments/segment-format.js';
import { newIdentity, recipientOf } from './age.js';

const blob = z.tuple([z.string(), z.int()]).readonly();
const stateSchema = z.strictObject({
  recipient: z.string(),
  bits: z.int(),
  serial: z.int(),
  mark: z.int().optional(),
  format: z.literal(SEGMENT_FORMATS).optional(),
  unsound: z.array(z.int()).optional(),
  segments: z.record(z.string(), z.tuple([z.string(), z.string(), z.int()]).readonly()),
  devices: z.string(),
  envelope: blob,
  shelves: z.array(z.string()),
  dropped: z.array(z.string()),
});
const devicesSchema = z.record(z.string(), z.string());

interface SiteFiles {
  readonly state: { load(): Promise<PublishedState | undefined>; save(state: PublishedState): Promise<void> };
  /** Name to recipient. */
  devices(): Promise<Readonly<Record<string, string>>>;
  setDevices(devices: Readonly<Record<string, string>>): Promise<void>;
  /** Name to fingerprint of the key that a box signs with; those that are not on record are missing. */
  deviceKeys(): Promise<Readonly<Record<string, string>>>;
  setDeviceKeys(keys: Readonly<Record<string, string>>): Promise<void>;
  /** Made when there is none. */
  identity(): Promise<{ readonly secret: string; readonly recipient: string }>;
  /** The old one opens nothing that is published from now on. */
  renewIdentity(): Promise<void>;
}

export function siteFiles(fleet: string, site: string): SiteFiles {
  const folder = path.join(fleet, 'sites', site);
  const files = {
    state: path.join(folder, 'published.json'),
    devices: path.join(folder, 'devices.json'),
    deviceKeys: path.join(folder, 'device-keys.json'),
    identity: path.join(folder, 'site.age'),
  };
  return {
    state: {
      load: () => readJson(files.state, stateSchema),
      save: (state) => writeFileAtomically(files.state, `${JSON.stringify(state)}\n`, 0o600),
    },
    devices: async () => (await readJson(files.devices, devicesSchema)) ?? {},
    setDevices: (devices) =>
      writeFileAtomically(files.devices, `${JSON.stringify(devices, null, 2)}\n`, 0o600),
    deviceKeys: async () => (await readJson(files.deviceKeys, devicesSchema)) ?? {},
    setDeviceKeys: (keys) =>
      writeFileAtomically(files.deviceKeys, `${JSON.stringify(keys, null, 2)}\n`, 0o600),
    async identity() {
      const secret = (await readIfPresent(files.identity))?.toString('utf8').trim() ?? (await newIdentity());
      const recipient = await recipientOf(secret);
      await writeFileAtomically(files.identity, `${secret}\n`, 0o600);
      return { secret, recipient };
    },
    renewIdentity: async () => writeFileAtomically(files.identity, `${await newIdentity()}\n`, 0o600),
  };
}

async function readJson<T>(file: string, schema: z.ZodType<T>): Promise<T | undefined> {
  const bytes = await readIfPresent(file);
  if (bytes === undefined) return undefined;
  try {
    return schema.parse(JSON.parse(bytes.toString('utf8')));
  } catch (cause) {
    throw new TwinstileError({
      code: 'bad-arguments',
      message: `Expected ${file} as it was written, got something else.`,
      hint: 'Put it back from a backup. Without published.json everything is published anew.',
      cause,
    });
  }
}

const releasesSchema = z.strictObject({
  serial: z.int().min(0),
  last: z.int().min(0),
  releases: z.array(
    z.strictObject({
      release: releaseSchema,
      key: z.string(),
      blobs: z.array(z.string()),
      recipient: z.string(),
    }),
  ),
});

/** What the registrar remembers of the models it published for a site. @param fleet folder of the fleet. `load` @throws TwinstileError 'bad-arguments' when the file was changed by others. */
export function releasesFile(fleet: string, site: string) {
  const file = path.join(fleet, 'sites', site, 'models.json');
  return {
    async load(): Promise<ReleasesState | undefined> {
      const bytes = await readIfPresent(file);
      if (bytes === undefined) return undefined;
      try {
        return releasesSchema.parse(JSON.parse(bytes.toString('utf8')));
      } catch (cause) {
        throw new TwinstileError({
          code: 'bad-arguments',
          message: `Expected ${file} as it was written, got something else.`,
          hint: 'Put it back from a backup: it holds the numbers that devices remember.',
          cause,
        });
      }
    },
    save: (state: ReleasesState): Promise<void> =>
      writeFileAtomically(file, `${JSON.stringify(state)}\n`, 0o600),
  };
}
