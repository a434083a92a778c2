/** The networks of a pack, loaded so that they take pictures as they come. */
import type { LoadNetwork, Network, PictureInput } from '../ports/network.js';
import type { InstalledPack } from '../ports/packs.js';
import type { ModelCard } from '../siamese/card.js';

export interface Models {
  readonly card: ModelCard;
  readonly detector: Network;
  /** Only where the detector gives no landmarks by itself. */
  readonly landmarks?: Network;
  readonly encoder: Network;
}

/** @throws TwinstileError 'model-failed'. @param threads intra-op threads per network, 1 or more. */
export async function loadModels(
  { card, pathOf }: InstalledPack,
  loadNetwork: LoadNetwork,
  { threads, provider }: { readonly threads: number; readonly provider: string },
): Promise<Models> {
  const load = (file: string, picture: PictureInput): Promise<Network> =>
    loadNetwork(pathOf(file), { threads, provider, picture });
  const { detector, encoder } = card;
  const { order, mean, scale } = encoder;
  const encoding = await load(encoder.model.file, { order, mean, scale, size: 'own' });
  if (detector.kind === 'yunet')
    // The file of 2023 declares 640x640 alone, but its layers take any multiple of 32.
    return { card, detector: await load(detector.model.file, unprepared('bgr', 'free')), encoder: encoding };
  return {
    card,
    detector: await load(detector.model.file, unprepared('rgb', 'free')),
    landmarks: await load(detector.landmarks.file, unprepared('rgb', 'own')),
    encoder: encoding,
  };
}

const unprepared = (order: PictureInput['order'], size: PictureInput['size']): PictureInput => ({
  order,
  mean: [0, 0, 0],
  scale: [1, 1, 1],
  size,
});
