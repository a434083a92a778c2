/** The networks of a pack, loaded so that they take pictures as they come. */
import type { InstalledPack, LivenessCard, ModelCard } from '../../biometrics/model-card.js';
import type { LoadNetwork, Network, PictureInput } from '../ports/network.js';

export interface Models {
  readonly card: ModelCard;
  readonly detector: Network;
  /** Only where the detector gives no landmarks by itself. */
  readonly landmarks?: Network;
  readonly encoder: Network;
  /** Absent when they were not asked for, or the pack has none. */
  readonly liveness?: readonly LivenessNetwork[];
}

export interface LivenessNetwork {
  readonly card: LivenessCard;
  readonly network: Network;
}

/**
 * @throws TwinstileError 'model-failed'. @param threads intra-op threads per network, 1 or more.
 * @param liveness whether the networks for it are loaded as well.
 */
export async function loadModels(
  { card, pathOf }: InstalledPack,
  loadNetwork: LoadNetwork,
  {
    threads,
    provider,
    liveness = false,
  }: { readonly threads: number; readonly provider: string; readonly liveness?: boolean },
): Promise<Models> {
  const load = (file: string, picture: PictureInput): Promise<Network> =>
    loadNetwork(pathOf(file), { threads, provider, picture });
  const { detector, encoder } = card;
  const { order, mean, scale } = encoder;
  const encoding = await load(encoder.model.file, { order, mean, scale, size: 'own' });
  const judges = liveness ? await loadLiveness(card.liveness, load) : [];
  if (detector.kind === 'yunet')
    // The file of 2023 declares 640x640 alone, but its layers take any multiple of 32.
    return {
      card,
      detector: await load(detector.model.file, unprepared('bgr', 'free')),
      encoder: encoding,
      liveness: judges.length === 0 ? undefined : judges,
    };
  return {
    card,
    detector: await load(detector.model.file, unprepared('rgb', 'free')),
    landmarks: await load(detector.landmarks.file, unprepared('rgb', 'own')),
    encoder: encoding,
    liveness: judges.length === 0 ? undefined : judges,
  };
}

async function loadLiveness(
  cards: ModelCard['liveness'],
  load: (file: string, picture: PictureInput) => Promise<Network>,
): Promise<readonly LivenessNetwork[]> {
  const networks: LivenessNetwork[] = [];
  for (const card of cards) {
    const { order, mean, scale } = card;
    networks.push({ card, network: await load(card.model.file, { order, mean, scale, size: 'own' }) });
  }
  return networks;
}

const unprepared = (order: PictureInput['order'], size: PictureInput['size']): PictureInput => ({
  order,
  mean: [0, 0, 0],
  scale: [1, 1, 1],
  size,
});
