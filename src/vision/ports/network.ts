type Tensor =
  | { readonly type: 'float32'; readonly data: Float32Array; readonly shape: readonly number[] }
  | { readonly type: 'uint8'; readonly data: Uint8Array; readonly shape: readonly number[] };

/** A loaded model. One at a time: callers do not overlap runs. */
export interface Network {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** The execution provider that really runs, e.g. 'cpu', 'cuda'. Never a silent fallback. */
  readonly provider: string;
  /** @throws TwinstileError 'model-failed'. Outputs are float32. */
  run(
    feeds: Readonly<Record<string, Tensor>>,
  ): Promise<Readonly<Record<string, { readonly data: Float32Array; readonly shape: readonly number[] }>>>;
  close(): Promise<void>;
}

/** How a network that looks at pictures is fed: value = (pixel - mean) / scale per channel, in the channel order of `order`. */
export interface PictureInput {
  readonly order: 'bgr' | 'rgb';
  readonly mean: readonly [number, number, number];
  readonly scale: readonly [number, number, number];
  /** 'own': the height and width the file declares. 'free': any, for nets whose layers do not care. */
  readonly size: 'own' | 'free';
}

/**
 * With `picture` the network takes uint8 [N, height, width, 3] in bgr as its only input `picture`, and prepares it itself.
 * @throws TwinstileError 'model-failed'. @param threads intra-op threads, 1 or more.
 */
export type LoadNetwork = (
  file: string,
  options: { readonly threads: number; readonly provider: string; readonly picture?: PictureInput },
) => Promise<Network>;
