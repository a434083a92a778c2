/** Locates packs and heads of releases on a box: in its data folder, separate from those that were installed by hand. */
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Comparison } from '../../biometrics/head/comparison.js';
import type { ModelCard } from '../../biometrics/model-card.js';
import { installPack } from '../../biometrics/packs/install-pack.js';
import { packsFolder, parseCard } from '../../biometrics/packs/pack-catalog.js';
import { openPacks } from '../../biometrics/packs/pack-store.js';
import { isReleased } from '../../fleet/releases/rollout-plan.js';
import type { ReleasedModels, RolloutProgress } from '../../fleet/releases/rollout-state.js';
import type { ReleaseStore } from '../../fleet/rollout/sync-models.js';
import { writeFileAtomically } from '../../platform/atomic-file.js';
import type { Config } from '../config/config-schema.js';
import { openComparison } from '../setup/open-comparison.js';

export type ModelsSettings = Pick<Config, 'data_dir' | 'models'>;

/** Models that faces are compared with here. */
export interface ModelsInUse {
  /** Absent: what the configuration names. */
  readonly released?: ReleasedModels;
  readonly pack: string;
  readonly packFolder: string;
  readonly headFile?: string;
}

export const releasedPacks = ({ data_dir: data }: Pick<Config, 'data_dir'>): string =>
  path.resolve(data, 'packs');
const releasedHeads = ({ data_dir: data }: Pick<Config, 'data_dir'>): string => path.resolve(data, 'heads');

/** A box that takes no releases uses the models of its configuration, even if it took a release before. */
export const runningIn = (
  { gallery }: Pick<Config, 'gallery'>,
  { running }: RolloutProgress,
): ReleasedModels | undefined => (gallery.fleet?.models.accept_releases === true ? running : undefined);

export function modelPlacesOf(
  settings: ModelsSettings,
  env: NodeJS.ProcessEnv,
  released: ReleasedModels | undefined,
): ModelsInUse {
  const { models } = settings;
  if (released === undefined)
    return {
      pack: models.pack,
      packFolder: packsFolder({ env, config: models.folder }),
      headFile: models.head,
    };
  return {
    released,
    pack: released.pack,
    packFolder: releasedPacks(settings),
    headFile:
      released.head === undefined ? undefined : path.join(releasedHeads(settings), `${released.head}.json`),
  };
}

/** @throws TwinstileError 'pack-unknown' | 'pack-missing' | 'pack-refused' | 'head-refused'. */
export async function openModels({
  pack,
  packFolder,
  headFile,
}: ModelsInUse): Promise<{ readonly card: ModelCard; readonly comparison: Comparison }> {
  const { card } = await openPacks(packFolder).open(pack);
  return { card, comparison: await openComparison(card, headFile) };
}

export function releaseStore(settings: ModelsSettings, env: NodeJS.ProcessEnv): ReleaseStore {
  const [packs, heads] = [releasedPacks(settings), releasedHeads(settings)];
  return {
    readCard: (text, pack) => parseCard(text, pack, `the release of ${pack}`),
    place: (card, bytesOf, signal) => installPack(packs, card, ({ file }) => bytesOf(file), signal),
    placeHead: (sha256, bytes) => writeFileAtomically(path.join(heads, `${sha256}.json`), bytes),
    comparisonOf: async (released) => (await openModels(modelPlacesOf(settings, env, released))).comparison,
    async sweep(keep) {
      const [folders, files] = [new Set(keep.map(({ pack }) => pack)), new Set(keep.map(({ head }) => head))];
      for (const name of await readdir(packs).catch(() => []))
        if (isReleased(name) && !folders.has(name))
          await rm(path.join(packs, name), { recursive: true, force: true });
      for (const name of await readdir(heads).catch(() => []))
        if (/^[0-9a-f]{64}\.json$/.test(name) && !files.has(name.slice(0, 64)))
          await rm(path.join(heads, name), { force: true });
    },
  };
}
