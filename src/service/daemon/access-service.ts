/**
 * Applies the access rules for the whole box: one controller for all lanes, the records it keeps, and the modes
 * set by operators.
 */

import {
  type AccessController,
  createAccessController,
  type SiteAccess as LaneSide,
} from '../../access/policy/access-controller.js';
import type { PersonRecord } from '../../access/policy/access-record.js';
import { type AccessStore, restoreRecords, saveRecords } from '../../access/policy/access-store.js';
import { isOperatorMode, type OperatorMode } from '../../access/policy/model.js';
import { isVisitor, VISITORS } from '../../access/policy/permission.js';
import { BoundedMap } from '../../base/bounded-map.js';
import { explain } from '../../base/errors.js';
import { type LaneId, laneId, type PersonId } from '../../base/ids.js';
import type { LaneGallery } from '../../lane/decision/lane-gallery.js';
import type { GalleryStore } from '../../records/people/gallery-store.js';
import type { Person } from '../../records/people/person.js';
import { accessModelOf, modelWithoutRules } from '../config/access-model.js';
import type { Config } from '../config/config-schema.js';

export interface BoxAccessDependencies {
  readonly config: Pick<Config, 'access'>;
  readonly people: Pick<GalleryStore, 'find' | 'idClashes'>;
  readonly store: AccessStore;
  readonly gallery: () => LaneGallery;
  /** Id of this boot of the machine. */
  readonly boot: string;
  readonly onFault: (detail: string) => void;
  /** Whether people only go out at the lane. */
  readonly isExit?: (lane: LaneId) => boolean;
  /** Called once for people whose ids are equivalent: an operator has to remove one of them. */
  readonly onIdClash?: (people: readonly PersonId[]) => void;
}

export interface BoxAccess {
  readonly controller: AccessController;
  laneSide(lane: LaneId): LaneSide;
  modeOf(lane: LaneId): OperatorMode;
  /** @returns whether it is also in force after a restart. */
  setMode(lane: LaneId, mode: OperatorMode): Promise<boolean>;
  replace(config: Pick<Config, 'access'>): void;
  /** @param person absent: all people. */
  reset(person?: PersonId): void;
  forget(person: PersonId): void;
  /** Removes people who are no longer enrolled. */
  forgetGone(): Promise<void>;
  /** Waits until pending records are in the store. */
  close(): Promise<void>;
}

/** Groups of visitors, who are in no gallery, and of badge holders without a face. */
const MAX_REMEMBERED = 1000;

export async function openBoxAccess(dependencies: BoxAccessDependencies): Promise<BoxAccess> {
  const { people, store, gallery, boot, onFault } = dependencies;
  const groups = await openGroups(dependencies);
  const modelOf = ({ access }: Pick<Config, 'access'>) =>
    access === undefined
      ? modelWithoutRules(groups.of)
      : accessModelOf(access, groups.of, groups.sameMeaningAs);
  const controller = createAccessController(
    modelOf(dependencies.config),
    await savedRecords(store, boot, onFault),
    (person) => keep(person),
  );
  const modes = await openModes(dependencies);
  const writer = createRecordWriter(controller, dependencies);
  const visitors = new Set<PersonId>();

  const keep = (person: PersonId) => {
    if (!isVisitor(person)) return writer.write(person);
    visitors.add(person);
    const [oldest] = visitors;
    if (visitors.size > MAX_REMEMBERED && oldest !== undefined) forget(oldest);
  };
  const forget = (person: PersonId) => {
    visitors.delete(person);
    groups.forget(person);
    controller.forget(person);
  };
  return {
    controller,
    modeOf: modes.of,
    laneSide: (lane) => ({
      controller,
      mode: () => modes.of(lane),
      personOf: groups.personOf,
      onRecord: keep,
    }),
    setMode: modes.set,
    replace: (config) => controller.replace(modelOf(config)),
    reset(person) {
      const affected = person === undefined ? [...controller.records.keys()] : [person];
      controller.reset(person);
      for (const one of affected) keep(one);
    },
    forget,
    async forgetGone() {
      await groups.refresh();
      const { people: enrolled } = gallery().snapshot;
      for (const person of controller.records.keys())
        if (!isVisitor(person) && !enrolled.has(person) && (await people.find(person)) === undefined)
          forget(person);
    },
    close: () => writer.close(),
  };
}

interface Groups {
  readonly of: (person: PersonId) => readonly string[];
  /** Other people with equivalent ids: a denial of one is a denial of all. */
  readonly sameMeaningAs: (person: PersonId) => readonly PersonId[];
  /** Finds a person who may have no face, and caches their groups. */
  readonly personOf: (person: PersonId) => Promise<Person | undefined>;
  forget(person: PersonId): void;
  /** Reloads which people have equivalent ids. Call it with each new gallery. */
  refresh(): Promise<void>;
}

/** Looks up each person's groups: from the gallery, and for badge holders without a face from the database. */
async function openGroups({ people, gallery, onIdClash }: BoxAccessDependencies): Promise<Groups> {
  const holders = new BoundedMap<PersonId, readonly string[]>(MAX_REMEMBERED);
  /** People with equivalent ids, including those without a face: they are few, and are read with each new gallery. */
  let clashes = new Map<PersonId, readonly Person[]>();
  const refresh = async () => {
    const found = await people.idClashes();
    const keyOf = (same: readonly Person[]) => JSON.stringify(same.map(({ id }) => id));
    const known = new Set([...clashes.values()].map(keyOf));
    for (const same of found) if (!known.has(keyOf(same))) onIdClash?.(same.map(({ id }) => id));
    clashes = new Map(found.flatMap((same) => same.map(({ id }) => [id, same] as const)));
  };
  const groupsAtHand = (person: PersonId): readonly string[] =>
    isVisitor(person)
      ? [VISITORS]
      : (gallery().snapshot.people.get(person)?.groups ?? holders.get(person) ?? []);
  await refresh();
  return {
    of: (person) => clashes.get(person)?.find(({ id }) => id === person)?.groups ?? groupsAtHand(person),
    sameMeaningAs: (person) => (clashes.get(person) ?? []).map(({ id }) => id).filter((id) => id !== person),
    async personOf(person) {
      const found = (await people.find(person))?.person;
      holders.delete(person);
      if (found !== undefined) holders.set(person, found.groups ?? []);
      return found;
    },
    forget: (person) => void holders.delete(person),
    refresh,
  };
}

/** Loads the modes that operators set. One that is damaged may have been a lockdown: it is one for people who come in, and keeps no one inside. */
async function openModes({ store, onFault, isExit = () => false }: BoxAccessDependencies) {
  const modes = new Map<LaneId, OperatorMode>();
  for (const [lane, mode] of await store.modes()) {
    if (isOperatorMode(mode)) modes.set(lane, mode);
    else {
      const instead = isExit(lane) ? 'normal' : 'lockdown';
      modes.set(lane, instead);
      onFault(
        `The mode that was stored for lane ${lane} is damaged: it is ${instead} until an operator sets it.`,
      );
    }
  }
  return {
    of: (lane: LaneId): OperatorMode => modes.get(lane) ?? 'normal',
    /** @returns whether it is also in force after a restart. */
    async set(lane: LaneId, mode: OperatorMode): Promise<boolean> {
      modes.set(lane, mode);
      try {
        await store.saveMode(laneId(lane), mode);
        return true;
      } catch (error) {
        // In force now; the operator's answer reports that it may not be after a restart.
        onFault(explain(error));
        return false;
      }
    },
  };
}

/** Writes changed records to the store in the background, one after the other. */
function createRecordWriter(
  { records }: AccessController,
  { store, boot, onFault }: Pick<BoxAccessDependencies, 'store' | 'boot' | 'onFault'>,
) {
  const dirty = new Set<PersonId>();
  let writing: Promise<void> | undefined;
  const writeAll = async () => {
    for (const person of dirty) {
      dirty.delete(person);
      const record = records.get(person);
      if (record === undefined) continue;
      try {
        await store.save(person, saveRecords(new Map([[person, record]]), boot));
      } catch (error) {
        // The record stays in force in memory; once the disk works again, the next passage is written.
        onFault(explain(error));
      }
    }
  };
  return {
    write(person: PersonId): void {
      dirty.add(person);
      writing ??= writeAll().finally(() => {
        writing = undefined;
      });
    },
    async close(): Promise<void> {
      await writing;
    },
  };
}

async function savedRecords(
  store: AccessStore,
  boot: string,
  onFault: (detail: string) => void,
): Promise<ReadonlyMap<PersonId, PersonRecord>> {
  const records = new Map<PersonId, PersonRecord>();
  for (const [person, text] of await store.records()) {
    const record = restoreRecords(text, boot)?.get(person);
    if (record === undefined) onFault(`Expected a record of passages, got something else: it is left out.`);
    else records.set(person, record);
  }
  return records;
}
