/** Opens the models that faces are compared with, and keeps the gallery in memory that lanes search. */
import type { Comparison } from '../../biometrics/head/comparison.js';
import type { ModelCard } from '../../biometrics/model-card.js';
import { packsFolder } from '../../biometrics/packs/pack-catalog.js';
import { openPacks } from '../../biometrics/packs/pack-store.js';
import type { Degraded } from '../../lane/health/degraded-modes.js';
import { type LiveGallery, type LiveGalleryDependencies, openLiveGallery } from '../../lane/live-gallery.js';
import { openSearch } from '../../records/people/search.js';
import type { ModelsInUse } from '../models/released-files.js';
import { openComparison, sizeProblems, uncalibratedHint } from '../setup/open-comparison.js';
import type { DaemonContext, Service } from './daemon-context.js';

export interface Recognition {
  readonly packFolder: string;
  readonly card: ModelCard;
  /** The configured head: single lanes may have heads of their own. */
  readonly comparison: Comparison;
}

/** @throws TwinstileError of the pack store, 'head-refused', 'calibration-refused' or 'reranker-refused'. */
export async function openRecognition(
  { config, env, log }: DaemonContext,
  models: ModelsInUse | undefined,
): Promise<Recognition> {
  const packFolder = models?.packFolder ?? packsFolder({ env, config: config.models.folder });
  const { card } = await openPacks(packFolder).open(config.models.pack);
  const { head, calibration, reranker } = config.models;
  const comparison = await openComparison(card, head, calibration, reranker);
  const uncalibrated = uncalibratedHint(comparison);
  if (uncalibrated !== undefined) log.error(uncalibrated);
  return { packFolder, card, comparison };
}

/** Loads the gallery into memory. @param onRenewed called each time a newer gallery has replaced it. */
export async function loadGallery(
  { log, disposers }: DaemonContext,
  sources: Pick<LiveGalleryDependencies, 'store' | 'comparison' | 'lanes' | 'rowsAside' | 'cameras'>,
  onRenewed: () => void,
): Promise<LiveGallery> {
  return disposers.add(
    'search',
    await openLiveGallery({
      ...sources,
      openSearch,
      onSwap: ({ snapshot }) => {
        log.info({ version: snapshot.version, people: snapshot.people.size }, 'gallery renewed');
        onRenewed();
      },
      onFault: (detail) => log.error({ detail }, 'gallery cannot be renewed; the one in memory stays'),
    }),
  );
}

/** Renews the gallery in memory; reports templates that cannot be read. */
export const galleryService = (gallery: LiveGallery): Required<Service> => ({
  faults: () => ((gallery.current().snapshot.damaged ?? 0) > 0 ? DAMAGED : []),
  run: (signal) => gallery.watch(signal),
});

const DAMAGED: readonly Degraded[] = ['templates-damaged'];

/** Logs each lane whose false match rate is not covered for the number of templates in the gallery. */
export function logGallerySize(
  { config, log }: DaemonContext,
  gallery: LiveGallery,
  { comparison }: Recognition,
): void {
  const templates = gallery.current().snapshot.owners.length;
  for (const { detail, ...size } of sizeProblems(config.lanes, templates, comparison.calibration))
    log.error({ ...size }, `the gallery is too large: ${detail}`);
}
