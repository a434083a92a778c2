/** Crops of the photographs by which people were enrolled, where a site keeps them: for another encoder, one day. */
import type { ModelDigest, PersonId } from '../../base/ids.js';

export interface KeptCrop {
  readonly person: PersonId;
  /** SHA-256 of the photograph it was cut from, as templates carry it. */
  readonly source: string;
  /** JPEG. */
  readonly crop: Uint8Array;
}

/** As stored in the database. */
export type StoredCrop =
  | (KeptCrop & { readonly kind: 'whole' })
  | { readonly kind: 'damaged'; readonly person: PersonId; readonly source: string };

export interface CropStore {
  /** All or none; those of people who are not enrolled are passed over. */
  keep(crops: readonly KeptCrop[]): Promise<void>;
  /** Those whose photograph gave a template, and none of this encoder; some at a time, rising after `after`. */
  without(
    digest: ModelDigest,
    most: number,
    after?: Pick<KeptCrop, 'person' | 'source'>,
  ): Promise<readonly StoredCrop[]>;
  of(person: PersonId): Promise<readonly StoredCrop[]>;
  count(): Promise<number>;
}

/** Cuts faces out of photographs outside core. */
export interface FaceCropper {
  /** @returns undefined when there is no face, or the photograph cannot be read. */
  crop(photo: Uint8Array): Promise<Uint8Array | undefined>;
  close(): Promise<void>;
}
