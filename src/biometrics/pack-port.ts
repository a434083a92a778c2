import type { ModelCard } from './model-card.js';

/** A pack whose every file is on this disk with the right size and sha256. */
export interface InstalledPack {
  readonly card: ModelCard;
  /** Absolute path of a file named in the card. */
  pathOf(file: string): string;
}

export interface PackStore {
  /** @throws TwinstileError 'pack-unknown' | 'pack-missing' (with the command that gets it) | 'pack-refused'. */
  open(name: string): Promise<InstalledPack>;
}
