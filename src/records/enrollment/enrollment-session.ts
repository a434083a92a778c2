/** Checks one photograph after the other and stores accepted ones, about fifty per transaction. */

import type { Clock } from '../../base/clock.js';
import { type BadgeId, ID_PATTERN, type ModelDigest, type PersonId } from '../../base/ids.js';
import { badgeKey, idKey } from '../../base/names.js';
import { PHOTO } from '../../biometrics/conditions/capture-condition.js';
import type { Comparison, Sides } from '../../biometrics/head/comparison.js';
import type { QualityProblem } from '../../vision/detection/quality.js';
import type { CropStore, KeptCrop } from '../people/crop-store.js';
import {
  chooseFace,
  compareToGallery,
  type LikenessLimits,
  type Lookalike,
  likenessLimits,
  type RefusalReason,
} from '../people/enrollment-rules.js';
import type { BadgeStanding, GalleryStore } from '../people/gallery-store.js';
import { type EnrollmentGallery, GrowingGallery } from '../people/growing-gallery.js';
import { type GalleryChange, mergePerson, type Person, samePerson, type Template } from '../people/person.js';
import { MAX_BADGES, MAX_TEMPLATES, problemsOfRecord, type RecordProblem } from '../people/record-rules.js';
import type { EnrollmentCandidate, EnrollmentTally, PreparedPhoto } from './enrollment-report.js';

export interface EnrollmentRules {
  /** The photographs of an import are compared as the lane compares. */
  readonly sides: Sides;
  /** @param templates how many are in the gallery. */
  readonly limits: (templates: number) => LikenessLimits;
  /** Problems that do not refuse a photograph. */
  readonly tolerated: readonly QualityProblem[];
  readonly clock: Pick<Clock, 'wall'>;
}

/** How one import compares. */
interface ComparisonOptions {
  readonly tolerate?: readonly QualityProblem[];
  /** Whether photographs are compared with each other and with the gallery. */
  readonly lookalikes: boolean;
  readonly clock: Pick<Clock, 'wall'>;
}

export function enrollmentRulesOf(
  comparison: Sides & Pick<Comparison, 'calibration'>,
  { tolerate = [], lookalikes, clock }: ComparisonOptions,
): EnrollmentRules {
  const { calibration } = comparison;
  return {
    sides: comparison,
    limits: (templates) =>
      calibration === undefined || !lookalikes ? {} : likenessLimits(calibration, templates),
    tolerated: tolerate,
    clock,
  };
}

export interface EnrollmentDependencies {
  readonly store: GalleryStore;
  readonly digest: ModelDigest;
  readonly dimension: number;
  readonly rules: EnrollmentRules;
  readonly crops?: Pick<CropStore, 'keep'>;
  /** A photograph was refused because it looks like another person. What is to remain of it is the caller's to decide. */
  readonly onLookalike?: (refused: Lookalike) => void;
}

/** Photographs to a transaction: few enough to lose little, many enough that the disk's sync costs nothing. */
const BATCH = 50;

/** A person of this import, as stored after the batch. */
interface StoredPerson {
  person: Person | undefined;
  /** By this import. */
  written: boolean;
  readonly badges: Set<BadgeId>;
  /** Of this encoder. */
  readonly sources: Set<string>;
  /** Of all encoders. */
  templates: number;
}

type Verdict =
  | { readonly kind: 'known' }
  /** There is no photograph: the record alone is stored. */
  | { readonly kind: 'record' }
  | { readonly kind: 'accepted'; readonly embedding: Float32Array }
  | {
      readonly kind: 'refused';
      readonly reason: RefusalReason;
      readonly other?: PersonId;
      readonly detail?: string;
    };

export async function openEnrollmentSession(
  dependencies: EnrollmentDependencies,
  tally: EnrollmentTally,
): Promise<EnrollmentSession> {
  const snapshot = await dependencies.store.snapshot(dependencies.digest, dependencies.dimension);
  return new EnrollmentSession(dependencies, tally, new GrowingGallery(snapshot, dependencies.rules.sides));
}

export class EnrollmentSession {
  readonly #dependencies: EnrollmentDependencies;
  readonly #tally: EnrollmentTally;
  readonly #gallery: EnrollmentGallery;
  readonly #knownPeople = new Map<PersonId, StoredPerson>();
  /** Whose photograph it is, of those accepted in this import. */
  readonly #sources = new Map<string, PersonId>();
  /** Of this import, as they are compared. */
  readonly #badges = new Map<string, PersonId>();
  readonly #spellings = new Map<string, PersonId>();
  #changes: GalleryChange[] = [];
  #crops: KeptCrop[] = [];
  #photos = 0;

  constructor(dependencies: EnrollmentDependencies, tally: EnrollmentTally, gallery: EnrollmentGallery) {
    this.#dependencies = dependencies;
    this.#tally = tally;
    this.#gallery = gallery;
  }

  async take(candidate: EnrollmentCandidate, prepared: PreparedPhoto): Promise<void> {
    const { id } = candidate.person;
    const verdict = await this.#verdictOn(candidate, prepared);
    if (verdict.kind === 'refused' || verdict.kind === 'record') {
      await this.#keepRecord(candidate, verdict);
      return;
    }
    const { condition = PHOTO } = candidate;
    const person = await this.#putPerson(candidate);
    const consented = person.consent !== undefined;
    if (verdict.kind === 'known') this.#tally.take(id, candidate.file, 'known', consented);
    else if ('source' in prepared) {
      const { embedding: vector } = verdict;
      await this.#addTemplate({ person: id, source: prepared.source, vector, condition }, consented);
      this.#tally.take(id, candidate.file, 'accepted', consented);
    }
    if ('crop' in prepared && prepared.crop !== undefined)
      this.#crops.push({ person: id, source: prepared.source, crop: prepared.crop });
    await this.#countOne();
  }

  /** What of a candidate can be stored without a face. */
  async #keepRecord(candidate: EnrollmentCandidate, verdict: Verdict): Promise<void> {
    const { person, badges, file, keepsRecord = false } = candidate;
    const isId = ID_PATTERN.test(person.id);
    const enrolled = isId && (await this.#knownPerson(person.id)).sources.size > 0;
    if (verdict.kind === 'refused') {
      const { kind: _, ...why } = verdict;
      this.#tally.refuse({ file, person: person.id, ...why }, enrolled);
    }
    if (!keepsRecord || !isId || (await this.#objectionTo(person, badges)) !== undefined) return;
    await this.#putPerson(candidate);
    this.#tally.keepRecord(person.id, enrolled);
    await this.#countOne();
  }

  async #countOne(): Promise<void> {
    this.#photos += 1;
    if (this.#photos >= BATCH) await this.store();
  }

  /** Writes what has been gathered. */
  async store(): Promise<void> {
    const [changes, crops] = [this.#changes, this.#crops];
    this.#changes = [];
    this.#crops = [];
    this.#photos = 0;
    await this.#dependencies.store.apply(changes);
    await this.#dependencies.crops?.keep(crops);
  }

  async #verdictOn(
    { person, badges, condition }: EnrollmentCandidate,
    prepared: PreparedPhoto,
  ): Promise<Verdict> {
    const { rules } = this.#dependencies;
    if (!ID_PATTERN.test(person.id)) return refused('bad-person-id');
    if (prepared.kind === 'unreadable') return unreadable(prepared.detail);
    const objection = await this.#objectionTo(person, badges);
    if (objection !== undefined) return objection;
    if (prepared.kind === 'none') return { kind: 'record' };
    const { sources, templates } = await this.#knownPerson(person.id);
    if (sources.has(prepared.source)) return { kind: 'known' };
    if (templates >= MAX_TEMPLATES) return refused('too-many-photos');
    const owner = this.#sources.get(prepared.source);
    if (prepared.kind === 'known' || owner !== undefined) return refused('photo-of-another', owner);
    const { result } = prepared;
    if (result.kind === 'unreadable') return unreadable(result.detail);
    const choice = chooseFace(result.faces, rules.tolerated);
    if (!choice.good) return refused(choice.reason);
    const likeness = await this.#gallery.likeness(choice.embedding, person.id, condition);
    const comparison = compareToGallery(likeness, rules.limits(this.#gallery.size));
    const { embedding: vector } = choice;
    if (comparison.good) return { kind: 'accepted', embedding: vector };
    if (comparison.reason !== 'looks-like-another') return refused(comparison.reason);
    const { other } = comparison;
    this.#dependencies.onLookalike?.({
      person: person.id,
      like: other,
      vector,
      condition: condition ?? PHOTO,
    });
    return refused(comparison.reason, other);
  }

  /** What would keep the record from being stored, and from being published. */
  async #objectionTo(proposed: Person, badges: readonly BadgeId[]): Promise<Verdict | undefined> {
    const spelled =
      this.#spellings.get(idKey(proposed.id)) ?? (await this.#dependencies.store.storedSpelling(proposed.id));
    if (
      spelled !== undefined &&
      spelled !== proposed.id &&
      (await this.#knownPerson(proposed.id)).person === undefined
    )
      return refused('id-of-another', spelled);
    for (const badge of badges) {
      const standing = await this.#standingOf(badge);
      if (standing.kind === 'revoked') return refused('badge-revoked');
      const others =
        standing.kind === 'held' ? [standing.person] : 'people' in standing ? standing.people : [];
      const other = others.find((holder) => holder !== proposed.id);
      if (other !== undefined) return refused('badge-of-another', other);
    }
    const stored = await this.#knownPerson(proposed.id);
    const all = new Set([...stored.badges, ...badges].map(badgeKey));
    if (all.size > MAX_BADGES && badges.some((badge) => !stored.badges.has(badge)))
      return refused('too-many-badges');
    const before = stored.person === undefined ? [] : problemsOfRecord({ person: stored.person });
    const isNew = ({ text }: RecordProblem) => before.every((known) => known.text !== text);
    const merged = mergePerson(stored.person, proposed);
    return problemsOfRecord({ person: merged }).some(isNew) ? refused('bad-record') : undefined;
  }

  async #putPerson({ person, badges }: EnrollmentCandidate): Promise<Person> {
    const stored = await this.#knownPerson(person.id);
    const merged = mergePerson(stored.person, person);
    if (stored.person === undefined || !samePerson(stored.person, merged)) {
      // What this import wrote itself comes back with the terms of the site added.
      const over = stored.written ? undefined : (stored.person ?? null);
      stored.person = merged;
      stored.written = true;
      this.#spellings.set(idKey(person.id), person.id);
      this.#changes.push({ kind: 'put-person', person: merged, over });
    }
    for (const badge of badges) {
      if ([...stored.badges].some((own) => badgeKey(own) === badgeKey(badge))) continue;
      stored.badges.add(badge);
      this.#badges.set(badgeKey(badge), person.id);
      this.#changes.push({ kind: 'add-badge', badge, person: person.id, from: null });
    }
    return merged;
  }

  async #addTemplate(
    given: Pick<Template, 'person' | 'source' | 'vector' | 'condition'>,
    consented: boolean,
  ): Promise<void> {
    const { person, source } = given;
    const { digest, rules } = this.#dependencies;
    const createdAt = rules.clock.wall();
    this.#changes.push({ kind: 'add-template', template: { ...given, digest, createdAt } });
    this.#gallery.add(given, consented);
    this.#sources.set(source, person);
    const stored = await this.#knownPerson(person);
    stored.sources.add(source);
    stored.templates += 1;
  }

  async #knownPerson(id: PersonId): Promise<StoredPerson> {
    const known = this.#knownPeople.get(id);
    if (known !== undefined) return known;
    const found = await this.#dependencies.store.find(id);
    const own = found?.templates.filter(({ digest }) => digest === this.#dependencies.digest) ?? [];
    const stored: StoredPerson = {
      person: found?.person,
      written: false,
      badges: new Set(found?.badges),
      sources: new Set(own.map(({ source }) => source)),
      templates: found?.templates.length ?? 0,
    };
    this.#knownPeople.set(id, stored);
    return stored;
  }

  async #standingOf(badge: BadgeId): Promise<BadgeStanding> {
    const person = this.#badges.get(badgeKey(badge));
    return person === undefined
      ? this.#dependencies.store.standingOf(badge)
      : { kind: 'held', badge, person };
  }
}

const unreadable = (detail: string): Verdict => ({ kind: 'refused', reason: 'unreadable', detail });

const refused = (reason: RefusalReason, other?: PersonId): Verdict => ({
  kind: 'refused',
  reason,
  other,
});
