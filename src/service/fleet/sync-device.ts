/** Runs one cycle of sync from a configuration: by a command, by a timer, or in the daemon's sync process. */

import path from 'node:path';
import { TwinstileError } from '../../base/errors.js';
import { createDisposerStack } from '../../base/task-group.js';
import { digestOf } from '../../biometrics/model-card.js';
import type { RolloutState } from '../../fleet/releases/rollout-state.js';
import { openerOf } from '../../fleet/repository/age.js';
import { blobFolder } from '../../fleet/repository/blob-folder.js';
import { openFleetSource } from '../../fleet/repository/open-source.js';
import { openFleetGallery } from '../../fleet/sqlite/fleet-gallery.js';
import { openRolloutStore } from '../../fleet/sqlite/rollout-store.js';
import { type SyncDependencies, type SyncResult, syncGallery } from '../../fleet/sync/sync-gallery.js';
import { systemClock } from '../../platform/system-clock.js';
import type { ActSource } from '../../records/journal/act.js';
import { openDatabase } from '../../records/sql/sqlite/sqlite-database.js';
import type { Config } from '../config/config-schema.js';
import type { FleetConfig } from '../config/sections/fleet-section.js';
import { placeOf, readSecret } from '../config/sections/secret-place.js';
import { modelPlacesOf, openModels, runningIn } from '../models/released-files.js';
import { modelsCycle } from '../models/sync-box.js';
import { databaseFile, galleryKey } from '../setup/open-gallery.js';
import { readRootFile } from './newest-published.js';

/** Declares what a cycle needs of the configuration. */
export type SyncSettings = Pick<Config, 'site' | 'data_dir' | 'gallery' | 'models'>;

/** Adds, for the daemon's sync process, the IANA time zone of its schedule. */
export type SyncWork = SyncSettings & { readonly zone: string };

export interface SyncOptions {
  readonly settings: SyncSettings;
  readonly env: NodeJS.ProcessEnv;
  /** Actor of the sync: the service by its schedule, or an administrator. */
  readonly acts: ActSource;
  /** Replaces gallery.fleet.source. */
  readonly from?: string;
  readonly onFault?: (detail: string) => void;
}

export interface SyncDevice {
  cycle(signal?: AbortSignal): Promise<SyncResult>;
  /** Runs one step of a rollout of models after a cycle; undefined where this box takes none. */
  models(signal?: AbortSignal): Promise<RolloutState | undefined>;
  close(): Promise<void>;
}

/** @throws TwinstileError of what is missing: configuration, keys, pack, database. */
export async function openSyncDevice({
  settings,
  env,
  acts,
  from,
  onFault: onTrouble,
}: SyncOptions): Promise<SyncDevice> {
  const fleet = expectFleet(settings);
  const undo = createDisposerStack((step, detail) => onTrouble?.(`${step}: ${detail}`));
  try {
    const credentials = env.CREDENTIALS_DIRECTORY;
    const place = placeOf(fleet.key_file, fleet.key_credential);
    if (place === undefined) throw noFleet();
    const seedRoot = await readRootFile(
      fleet.root_file,
      'Copy root.json from the registrar over a safe way, and let the service read it.',
    );
    const device = openerOf((await readSecret(place, credentials)).toString('utf8'));
    const database = undo.add('database', await openDatabase(databaseFile(settings)));
    const gallery = await openFleetGallery(database, await galleryKey(settings, credentials), acts);
    const running = runningIn(settings, await openRolloutStore(database).load());
    const { card } = await openModels(modelPlacesOf(settings, env, running));
    const source = undo.add('source', openFleetSource(from ?? fleet.source, env));
    const site = fleet.site ?? settings.site;
    const models = fleet.models.accept_releases
      ? modelsCycle({ settings, fleet, site, database, gallery, source, device, env })
      : async () => undefined;
    const parts: SyncDependencies = {
      source,
      gallery,
      kept: blobFolder(path.join(settings.data_dir, 'sync')),
      site,
      seedRoot,
      device,
      openerOf,
      own: {
        digest: digestOf(card),
        dimension: card.encoder.dimension,
        isUnit: card.encoder.normalise,
      },
      clock: () => systemClock.wall(),
      onRepair: onTrouble,
    };
    return { cycle: (signal) => syncGallery(parts, signal), models, close: () => undo.all() };
  } catch (error) {
    await undo.all();
    throw error;
  }
}

export function expectFleet({ gallery }: Pick<Config, 'gallery'>): FleetConfig {
  if (gallery.fleet === undefined) throw noFleet();
  return gallery.fleet;
}

const noFleet = (): TwinstileError =>
  new TwinstileError({
    code: 'config-invalid',
    message: 'Expected gallery.fleet in the configuration, got none.',
    hint: 'Say where the gallery comes from: source, root_file and key_file; see docs/FLEET.md.',
  });
