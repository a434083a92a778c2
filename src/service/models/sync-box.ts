/** Runs the models' part of a sync cycle, from a configuration. */
import { createHash } from 'node:crypto';
import path from 'node:path';
import { millis } from '../../base/units.js';
import { selfTestRules } from '../../biometrics/encoder-self-test.js';
import { openPacks } from '../../biometrics/packs/pack-store.js';
import type { FleetGallery, FleetSource, Opener, PackExaminer } from '../../fleet/fleet-ports.js';
import { type RolloutState, rolloutStateOf } from '../../fleet/releases/rollout-state.js';
import { openerOf } from '../../fleet/repository/age.js';
import { blobFolder } from '../../fleet/repository/blob-folder.js';
import { examinePack } from '../../fleet/rollout/qualify-pack.js';
import { type ModelsSyncDependencies, syncModels } from '../../fleet/rollout/sync-models.js';
import { MAX_MANIFEST, manifestTarget, readManifest } from '../../fleet/segments/manifest.js';
import { openRolloutStore } from '../../fleet/sqlite/rollout-store.js';
import { fetchBlob } from '../../fleet/sync/fetch-blobs.js';
import { lookUpTarget } from '../../fleet/sync/find-target.js';
import { refused } from '../../fleet/tuf/refusal.js';
import { expectTarget } from '../../fleet/tuf/trusted.js';
import { systemClock } from '../../platform/system-clock.js';
import type { Database } from '../../records/sql/sqlite/sqlite-database.js';
import { photoEncoderSettings } from '../../vision/ports/vision.js';
import type { Config } from '../config/config-schema.js';
import { deviceName, type FleetConfig } from '../config/sections/fleet-section.js';
import { sandboxPolicyOf } from '../setup/sandbox-policy.js';
import { visionStart } from '../setup/vision-process.js';
import { reencodePeople } from './face-crops.js';
import { releasedPacks, releaseStore } from './released-files.js';

export interface SyncBoxDependencies {
  readonly settings: Pick<Config, 'data_dir' | 'models' | 'gallery'>;
  readonly fleet: FleetConfig;
  readonly site: string;
  readonly database: Database;
  readonly gallery: Pick<FleetGallery, 'load'>;
  readonly source: FleetSource;
  /** The box's own key. */
  readonly device: Opener;
  readonly env: NodeJS.ProcessEnv;
  readonly onLine?: (line: string) => void;
  /** Set in tests only. */
  readonly examiner?: PackExaminer;
}

/** @returns one step of a rollout; call it after the gallery's step, whose cycle verifies the repository. */
export function modelsCycle(box: SyncBoxDependencies): (signal?: AbortSignal) => Promise<RolloutState> {
  const { settings, fleet, site, source, env } = box;
  const kept = blobFolder(path.join(settings.data_dir, 'sync-models'));
  const dependencies: ModelsSyncDependencies = {
    source,
    kept,
    trust: box.gallery,
    site,
    device: deviceName({ gallery: { fleet } }),
    progress: openRolloutStore(box.database),
    store: releaseStore(settings, env),
    examiner:
      box.examiner ??
      packExaminer(settings, releasedPacks(settings), env.CREDENTIALS_DIRECTORY, box.onLine ?? (() => {})),
    openPairs: async (sealed, signal) => (await siteOpener(box, kept, signal)).open(sealed),
    rules: {
      provider: settings.models.provider,
      maxLatency: millis(fleet.models.max_latency_ms),
      maxLockedOut: fleet.models.max_locked_out,
    },
    now: () => systemClock.wall(),
    reencode: async ({ pack }, signal) => {
      await reencodePeople({ config: settings, env, pack, packFolder: releasedPacks(settings) }, signal);
    },
  };
  return async (signal) => rolloutStateOf(await syncModels(dependencies, signal));
}

/** Returns the site's identity, from the envelope of the newest gallery. */
async function siteOpener(
  { gallery, source, site, device }: SyncBoxDependencies,
  kept: ModelsSyncDependencies['kept'],
  signal: AbortSignal | undefined,
): Promise<Opener> {
  const target = lookUpTarget((await gallery.load()).pieces, site, manifestTarget(site));
  if (target === undefined || target.length > MAX_MANIFEST)
    throw refused(`a gallery of site ${site} beside its models`, 'none');
  const name = `targets/site/${site}/${target.hashes.sha256}.manifest.json`;
  const bytes = await source.fetch(name, target.length, signal);
  if (bytes === undefined) throw refused(`${name} in the repository`, 'nothing');
  expectTarget(target, bytes, (algorithm) => createHash(algorithm).update(bytes).digest('hex'));
  const { envelope } = readManifest(bytes, site);
  const opened = await device.open(await fetchBlob({ source, kept }, envelope, signal));
  return openerOf(Buffer.from(opened).toString('utf8'));
}

type Settings = Pick<Config, 'data_dir' | 'models'>;

/**
 * Examines a pack that a release installed here, with the same networks, provider and threads that a lane uses.
 * @param packFolder folder of the release's pack. @param onLine called with each line that the process writes.
 */
function packExaminer(
  settings: Settings,
  packFolder: string,
  credentials: string | undefined,
  onLine: (line: string) => void,
): PackExaminer {
  return {
    async examine(pack, photos, signal) {
      const { card } = await openPacks(packFolder).open(pack);
      const { provider, threads } = settings.models;
      const start = visionStart({
        dimension: card.encoder.dimension,
        onLine,
        reach: sandboxPolicyOf(settings, packFolder, undefined, credentials),
      });
      const setup = photoEncoderSettings({ packFolder, pack, provider, threads });
      const selfTest = selfTestRules(card.encoder.metric, card.calibration);
      return examinePack({ ...start, setup, selfTest, photos }, signal);
    },
  };
}
