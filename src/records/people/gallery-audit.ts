/** Examines enrolled templates: those that differ from their owner's others, and people who resemble each other. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { PersonId } from '../../base/ids.js';
import type { Distance, FalseMatchRate } from '../../base/units.js';
import type { CaptureCondition } from '../../biometrics/conditions/capture-condition.js';
import { type Offsets, strictDistance } from '../../biometrics/conditions/centred.js';
import type { Metric } from '../../biometrics/distance.js';
import { fmrOf } from '../../biometrics/fmr.js';
import type { CalibrationTable } from '../../biometrics/model-card.js';
import { likenessLimits } from './enrollment-rules.js';
import type { GallerySnapshot } from './gallery-store.js';
import type { TemplateSearch } from './template-search.js';

/** A template that is farther from every other one of its owner than two photographs of one person are. */
export interface UnlikeOwner {
  readonly person: PersonId;
  /** Row of the snapshot. */
  readonly row: number;
  /** Of how many the owner has. */
  readonly templates: number;
  /** How often two different people come as near as it is to the owner's nearest other one. */
  readonly fmr: FalseMatchRate;
}

/** Two people who come nearer to each other than one comparison in a hundred galleries should. */
export interface AlikePeople {
  readonly people: readonly [PersonId, PersonId];
  /** How often two different people come as near as their nearest templates. */
  readonly fmr: FalseMatchRate;
}

export interface LikenessAudit {
  readonly unlike: readonly UnlikeOwner[];
  /** The smallest distance first. */
  readonly alike: readonly AlikePeople[];
}

export interface AuditedGallery {
  /** As templates are compared. */
  readonly snapshot: GallerySnapshot;
  /** Of the snapshot's rows, as they are. */
  readonly search: Pick<TemplateSearch, 'closest'>;
  readonly metric: Metric;
  readonly calibration: CalibrationTable;
  /** A row as a live face is compared; absent: like a template. */
  readonly liveOf?: ((row: number) => Float32Array) | undefined;
  /** What changes about the comparison of a template of the one condition with a live face of the other. */
  readonly offsetsBetween: (a: CaptureCondition, b: CaptureCondition) => Offsets;
}

/** People whose templates are compared with one person's: raw distances order them, and centring only moves two people further apart. */
const NEIGHBOURS = 8;
/** Templates of a person by which neighbours are looked for. */
const MOST_PROBES = 3;

/**
 * Compares templates by the rules of enrollment, as if each were enrolled last.
 * @param people only what concerns these; absent: all people.
 */
export async function auditLikeness(
  gallery: AuditedGallery,
  people?: ReadonlySet<PersonId>,
): Promise<LikenessAudit> {
  const rowsOf = new Map<PersonId, number[]>();
  for (const [row, owner] of gallery.snapshot.owners.entries()) {
    const rows = rowsOf.get(owner) ?? [];
    rowsOf.set(owner, rows);
    rows.push(row);
  }
  const limits = likenessLimits(gallery.calibration, gallery.snapshot.owners.length);
  const unlike: UnlikeOwner[] = [];
  const alike = new Map<string, AlikePeople>();
  for (const [person, rows] of rowsOf) {
    if (people !== undefined && !people.has(person)) continue;
    await nextTurn();
    unlike.push(...unlikeAmong(gallery, person, rows, limits.unlikeOwn));
    for (const other of await neighboursOf(gallery, person, rows)) {
      const pair = [person, other].sort() as [PersonId, PersonId];
      const key = pair.join('\n');
      if (alike.has(key) || limits.likeAnother === undefined) continue;
      const nearest = nearestBetween(gallery, rows, rowsOf.get(other) ?? []);
      if (nearest <= limits.likeAnother)
        alike.set(key, { people: pair, fmr: fmrOf(gallery.calibration, nearest) });
    }
  }
  return { unlike, alike: [...alike.values()].sort((a, b) => a.fmr - b.fmr) };
}

/** @param limit beyond it two templates do not show one person; absent: not checked. */
function unlikeAmong(
  gallery: AuditedGallery,
  person: PersonId,
  rows: readonly number[],
  limit: Distance | undefined,
): readonly UnlikeOwner[] {
  if (limit === undefined || rows.length < 2) return [];
  return rows.flatMap((row) => {
    const others = rows.filter((other) => other !== row);
    const nearest = nearestBetween(gallery, [row], others);
    // A distance that is none proves no likeness.
    if (nearest <= limit) return [];
    return [{ person, row, templates: rows.length, fmr: fmrOf(gallery.calibration, nearest) }];
  });
}

async function neighboursOf(
  { snapshot, search }: AuditedGallery,
  person: PersonId,
  rows: readonly number[],
): Promise<ReadonlySet<PersonId>> {
  const found = new Set<PersonId>();
  const step = Math.max(1, rows.length / MOST_PROBES);
  for (let i = 0; i < rows.length; i += step) {
    const close = await search.closest(vectorAt(snapshot, rows[Math.floor(i)] ?? -1), NEIGHBOURS);
    for (const one of close) if (one.person !== person) found.add(one.person);
  }
  return found;
}

/** @returns Infinity where nothing can be compared. */
function nearestBetween(
  { snapshot, metric, offsetsBetween, liveOf }: AuditedGallery,
  some: readonly number[],
  others: readonly number[],
): Distance {
  let nearest = Number.POSITIVE_INFINITY;
  for (const a of some)
    for (const b of others) {
      const [from, to] = [snapshot.conditions[a], snapshot.conditions[b]];
      if (from === undefined || to === undefined) continue;
      const offsets = offsetsBetween(from, to);
      const live = liveOf?.(b) ?? vectorAt(snapshot, b);
      const at = strictDistance(metric, vectorAt(snapshot, a), live, offsets);
      if (at < nearest) nearest = at;
    }
  return nearest as Distance;
}

const vectorAt = ({ matrix, dimension }: GallerySnapshot, row: number): Float32Array =>
  matrix.subarray(row * dimension, (row + 1) * dimension);
