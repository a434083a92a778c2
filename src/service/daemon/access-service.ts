/** The access rules of the whole box at work: one desk for all lanes, what it remembers, and what operators ordered. */

import { type AccessController, createAccessController } from '../../access/policy/access-controller.js';
import type { PersonRecord } from '../../access/policy/access-record.js';
import type { AccessStore } from '../../access/policy/access-store.js';
import type { SiteAccess as LaneSide } from '../../access/policy/lane-access-port.js';
import { isOperatorMode, type OperatorMode } from '../../access/policy/operator-mode.js';
import { restoreRecords, saveRecords } from '../../access/policy/saved-records.js';
import { isVisitor, VISITORS } from '../../access/policy/visitor.js';
import { explain } from '../../base/errors.js';
import { type LaneId, laneId, type PersonId } from '../../base/ids.js';
import type { LaneGallery } from '../../lane/decision/lane-gallery.js';
import type { GalleryStore } from '../../records/people/gallery-store.js';
import type { Person } from '../../records/people/person.js';
import { accessModelOf, modelWithoutRules } from '../config/access/access-model.js';
import type { Config } from '../config/config-schema.js';

export interface SiteAccessDependencies {
  readonly config: Pick<Config, 'access'>;
  readonly people: Pick<GalleryStore, 'find' | 'idClashes'>;
  readonly store: AccessStore;
  readonly gallery: () => LaneGallery;
  /** Of this run of the machine. */
  readonly boot: string;
  readonly onFault: (detail: string) => void;
  /** People whose ids mean the same, once: somebody has to remove one. */
  readonly onDoubles?: (people: readonly PersonId[]) => void;
}

export interface SiteAccess {
  readonly controller: AccessController;
  laneSide(lane: LaneId): LaneSide;
  modeOf(lane: LaneId): OperatorMode;
  /** @returns whether it will also hold after a restart. */
  setMode(lane: LaneId, mode: OperatorMode): Promise<boolean>;
  replace(config: Pick<Config, 'access'>): void;
  /** @param person absent: everybody. */
  reset(person?: PersonId): void;
  forget(person: PersonId): void;
  /** Forgets those who are no longer enrolled. */
  forgetGone(): Promise<void>;
  /** Waits for what is being written. */
  close(): Promise<void>;
}

/** Of visitors, who are in no gallery, and of badge holders without a face. */
const MAX_REMEMBERED = 1000;

export async function openSiteAccess(dependencies: SiteAccessDependencies): Promise<SiteAccess> {
  const { people, store, gallery, boot, onFault: onTrouble } = dependencies;
  const holders = new Map<PersonId, readonly string[]>();
  const visitors = new Set<PersonId>();
  const dirty = new Set<PersonId>();
  let writing: Promise<void> | undefined;

  let doubles = new Map<PersonId, readonly Person[]>();
  const readDoubles = async () => {
    const found = await people.idClashes();
    const same = (now: readonly Person[]) => JSON.stringify(now.map(({ id }) => id));
    const known = new Set([...doubles.values()].map(same));
    for (const those of found)
      if (!known.has(same(those))) dependencies.onDoubles?.(those.map(({ id }) => id));
    doubles = new Map(found.flatMap((those) => those.map(({ id }) => [id, those] as const)));
  };
  await readDoubles();
  const doublesOf = (person: PersonId): readonly PersonId[] =>
    (doubles.get(person) ?? []).map(({ id }) => id).filter((id) => id !== person);
  /** Those whose ids mean the same are few, and are read with each new gallery: also the ones without a face. */
  const groupsOf = (person: PersonId): readonly string[] =>
    doubles.get(person)?.find(({ id }) => id === person)?.groups ?? groupsAtHand(person);
  const groupsAtHand = (person: PersonId): readonly string[] =>
    isVisitor(person)
      ? [VISITORS]
      : (gallery().snapshot.people.get(person)?.groups ?? holders.get(person) ?? []);
  const modelOf = ({ access }: Pick<Config, 'access'>) =>
    access === undefined ? modelWithoutRules(groupsOf) : accessModelOf(access, groupsOf, doublesOf);
  const desk = createAccessController(
    modelOf(dependencies.config),
    await remembered(store, boot, onTrouble),
    (person) => keep(person),
  );
  const modes = new Map<LaneId, OperatorMode>();
  for (const [lane, mode] of await store.modes()) if (isOperatorMode(mode)) modes.set(lane, mode);

  const write = async () => {
    for (const person of dirty) {
      dirty.delete(person);
      const record = desk.records.get(person);
      if (record === undefined) continue;
      try {
        await store.save(person, saveRecords(new Map([[person, record]]), boot));
      } catch (error) {
        // In memory it holds all the same; a disk that is well again takes the next passage.
        onTrouble(explain(error));
      }
    }
  };
  const keep = (person: PersonId) => {
    if (isVisitor(person)) {
      visitors.add(person);
      const [oldest] = visitors;
      if (visitors.size > MAX_REMEMBERED && oldest !== undefined) forget(oldest);
      return;
    }
    dirty.add(person);
    writing ??= write().finally(() => {
      writing = undefined;
    });
  };
  const forget = (person: PersonId) => {
    visitors.delete(person);
    holders.delete(person);
    desk.forget(person);
  };
  const personOf = async (person: PersonId): Promise<Person | undefined> => {
    const found = (await people.find(person))?.person;
    holders.delete(person);
    if (found !== undefined) holders.set(person, found.groups ?? []);
    const [oldest] = holders.keys();
    if (holders.size > MAX_REMEMBERED && oldest !== undefined) holders.delete(oldest);
    return found;
  };
  const modeOf = (lane: LaneId): OperatorMode => modes.get(lane) ?? 'normal';

  return {
    controller: desk,
    modeOf,
    laneSide: (lane) => ({ controller: desk, mode: () => modeOf(lane), personOf, onRecord: keep }),
    async setMode(lane, mode) {
      modes.set(lane, mode);
      try {
        await store.saveMode(laneId(lane), mode);
        return true;
      } catch (error) {
        // It holds now; whoever ordered it is told that it may not after a restart.
        onTrouble(explain(error));
        return false;
      }
    },
    replace: (config) => desk.replace(modelOf(config)),
    reset(person) {
      const whom = person === undefined ? [...desk.records.keys()] : [person];
      desk.reset(person);
      for (const one of whom) keep(one);
    },
    forget,
    async forgetGone() {
      await readDoubles();
      const { people: present } = gallery().snapshot;
      for (const person of desk.records.keys())
        if (!isVisitor(person) && !present.has(person) && (await people.find(person)) === undefined)
          forget(person);
    },
    async close() {
      await writing;
    },
  };
}

async function remembered(
  store: AccessStore,
  boot: string,
  onTrouble: (detail: string) => void,
): Promise<ReadonlyMap<PersonId, PersonRecord>> {
  const all = new Map<PersonId, PersonRecord>();
  for (const [person, text] of await store.records()) {
    const record = restoreRecords(text, boot)?.get(person);
    if (record === undefined) onTrouble(`Expected a record of passages, got something else: it is left out.`);
    else all.set(person, record);
  }
  return all;
}
