/** What the networks alone cost: the floor under everything else. */

import { openPacks } from '../src/biometrics/packs/pack-store.js';
import { systemClock } from '../src/platform/system-clock.js';
import { loadNetwork } from '../src/vision/onnx/onnx-network.js';
import { loadModels } from '../src/vision/pipeline/load-models.js';
import type { Network } from '../src/vision/ports/network.js';
import { middle } from './middle.js';

export interface RawTimes {
  /** Detector for a frame of 16:9 at 640 pixels, in ms: the median of `runs`. */
  readonly detect: number;
  /** Detector's second network for one face, where there is one. */
  readonly landmarks: number;
  /** Encoder for one face. */
  readonly encode: number;
  /** All liveness networks for one face; 0 where the pack has none. */
  readonly liveness: number;
  readonly runs: number;
}

const RUNS = 60;
const WARM_UP = 5;

export async function rawModels(packFolder: string, pack: string): Promise<RawTimes> {
  const installed = await openPacks(packFolder).open(pack);
  const models = await loadModels(installed, loadNetwork, {
    threads: 1,
    provider: 'cpu',
    liveness: true,
  });
  const { width, height } = installed.card.encoder;
  const once = await medianOf(models.detector, 640, 384);
  // The tiny detector looks twice.
  const detect = models.landmarks === undefined ? once : once + (await medianOf(models.detector, 320, 192));
  const landmarks = models.landmarks === undefined ? 0 : await medianOf(models.landmarks, 112, 112);
  const encode = await medianOf(models.encoder, width, height);
  let liveness = 0;
  for (const { card, network } of models.liveness ?? [])
    liveness += await medianOf(network, card.width, card.height);
  const judges = (models.liveness ?? []).map(({ network }) => network.close());
  await Promise.all([models.detector.close(), models.landmarks?.close(), models.encoder.close(), ...judges]);
  return { detect, landmarks, encode, liveness, runs: RUNS };
}

async function medianOf(network: Network, width: number, height: number): Promise<number> {
  // Values do not change what a network costs; a ramp is as good as a face.
  const data = Uint8Array.from({ length: width * height * 3 }, (_, index) => index % 251);
  const feeds = { picture: { type: 'uint8', data, shape: [1, height, width, 3] } } as const;
  const times: number[] = [];
  for (let run = 0; run < RUNS + WARM_UP; run += 1) {
    const start = systemClock.monotonic();
    await network.run(feeds);
    if (run >= WARM_UP) times.push(systemClock.monotonic() - start);
  }
  return middle(times);
}
