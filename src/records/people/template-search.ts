/** The port of the search: which person a template belongs to. */
import type { PersonId } from '../../base/ids.js';
import type { Distance } from '../../base/units.js';
import type { OffsetPlan } from '../../biometrics/conditions/offset-plan.js';
import type { GallerySnapshot } from './gallery-store.js';

export interface Nearest {
  readonly person: PersonId;
  readonly distance: Distance;
  /** Distance of the nearest template of another person; absent when no other person is enrolled. */
  readonly runnerUp?: Distance;
}

export interface Close {
  readonly person: PersonId;
  readonly distance: Distance;
  /** Which row of the snapshot's matrix. */
  readonly row: number;
}

/** Exact 1:N search in memory over one snapshot. */
export interface TemplateSearch {
  /** Absent when the gallery is empty. @param probe float32 [dimension]. */
  nearest(probe: Float32Array): Promise<Nearest | undefined>;
  /** The nearest people, the nearest first, each by the nearest of their templates. @param count of people, 1 or more. */
  closest(probe: Float32Array, count: number): Promise<readonly Close[]>;
  /** 1:1: the nearest of this person's own templates; absent when there is none. */
  against(probe: Float32Array, person: PersonId): Distance | undefined;
  /** 1:1 as `against`, each of the person's templates by itself, in the order of their rows. */
  templatesOf(probe: Float32Array, person: PersonId): readonly Close[];
  close(): Promise<void>;
}

/** A search by the distances of the rows as they are. */
export interface RowSearch extends TemplateSearch {
  /**
   * Searches the same rows by the larger of the raw distance and the one that is left when a plan's offsets were taken away.
   * It is closed with this search.
   */
  centred(plan: OffsetPlan): Promise<TemplateSearch>;
}

export type OpenSearch = (snapshot: GallerySnapshot, metric: 'euclidean' | 'cosine') => Promise<RowSearch>;
