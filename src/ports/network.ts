export type Tensor =
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

/** @throws TwinstileError 'model-failed'. @param threads intra-op threads, 1 or more. */
export type LoadNetwork = (
  file: string,
  options: { readonly threads: number; readonly provider: string },
) => Promise<Network>;
