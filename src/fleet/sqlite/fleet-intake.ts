/**
 * Stages a new gallery until it is complete: in a database of its own next to the box's, without a name and without a
 * file that outlives the connection. Filling it blocks no writer; taking it over is one transaction of plain
 * copying, because decisions at the gate wait for that.
 */
import { setImmediate as otherWork } from 'node:timers/promises';
import type { PersonId } from '../../base/ids.js';
import { UNKNOWN_CONDITION } from '../../biometrics/conditions/capture-condition.js';
import { type ActSource, recordActIn } from '../../records/journal/act.js';
import { hashSlotOf, shardAt, slotRangeOf } from '../../records/people/shard.js';
import type { TemplateCipher } from '../../records/people/template-cipher.js';
import { type BadgeTag, tombstoneUnheld } from '../../records/people/tombstones.js';
import type { Database } from '../../records/sql/sqlite/sqlite-database.js';
import type { Sql } from '../../records/sql-port.js';
import type { GalleryIntake, GalleryUpdate, UpdateSummary } from '../fleet-ports.js';
import type { ReceivedPerson } from '../segments/segment.js';
import { refused } from '../tuf/refusal.js';
import {
  applyStaged,
  type EncryptedPerson,
  INCOMING,
  leftOutIn,
  settleLeftOut,
  stageAll,
  stagedKnownIn,
} from './fleet-rows.js';
import { saveApplied } from './trust-store.js';

/** As many are sealed and set down at once: a megabyte of templates. */
const AT_ONCE = 500;
/** From so many shards on, reading all people once is faster than a query for each shard. */
const MAX_SHARD_QUERIES = 64;
/** In KiB; negative, as SQLite has it. */
const DEFAULT_CACHE = -2_000;
/** A first gallery of 100,000 people fills it; it is given back afterwards. */
const MAX_CACHE = 262_144;

/** In KiB. With too little of it a large transaction writes the same pages to the log again and again. */
const cacheFor = (people: number): number => Math.min(MAX_CACHE, 16_384 + people * 4);

interface IntakeDependencies {
  readonly cipher: TemplateCipher;
  readonly tag: BadgeTag;
  /** Who takes the gallery over, and when. */
  readonly acts: ActSource;
}

export async function openIntake(
  database: Database,
  dependencies: IntakeDependencies,
  bits: number,
): Promise<GalleryIntake> {
  const intake = new Intake(database, dependencies, bits, await database.read(manifestIn));
  try {
    await database.script(INCOMING.open);
    return intake;
  } catch (error) {
    // Half of it, or one that a failed cycle left behind: the next one finds the place free.
    await database.script(INCOMING.close).catch(() => {});
    throw error;
  }
}

class Intake implements GalleryIntake {
  readonly #database: Database;
  readonly #dependencies: IntakeDependencies;
  readonly #bits: number;
  /** What was in use when it began. */
  readonly #base: string | null;
  /** The people of each shard from now on. */
  readonly #here = new Map<number, ReadonlySet<PersonId>>();
  #waiting: ReceivedPerson[] = [];
  #staged = 0;

  constructor(database: Database, dependencies: IntakeDependencies, bits: number, base: string | null) {
    this.#database = database;
    this.#dependencies = dependencies;
    this.#bits = bits;
    this.#base = base;
  }

  async put(shard: number, people: readonly ReceivedPerson[]): Promise<void> {
    this.#here.set(shard, new Set(people.map(({ person }) => person.id)));
    this.#waiting.push(...people);
    if (this.#waiting.length >= AT_ONCE) await this.#flush();
  }

  async apply(update: GalleryUpdate): Promise<UpdateSummary> {
    await this.#flush();
    const sum = await this.#database.write(async (sql) => {
      if ((await manifestIn(sql)) !== this.#base)
        throw refused('the gallery that was here when the cycle began', 'another one', 'It is tried again.');
      await sql.all(`PRAGMA cache_size = -${cacheFor(this.#staged)}`);
      const leftOutBefore = await leftOutIn(sql);
      const changed = this.#staged > 0 ? await stagedKnownIn(sql) : 0;
      const gone = await this.#gone(sql);
      for (const person of gone) await sql.run('DELETE FROM people WHERE id = ?', person);
      const contested = this.#staged > 0 ? await applyStaged(sql) : [];
      for (const badge of update.leftOutBadges ?? [])
        await tombstoneUnheld(sql, this.#dependencies.tag(badge));
      await saveApplied(sql, update);
      await settleLeftOut(sql, {
        replaced: [...this.#here.keys()],
        bits: this.#bits,
        leftOut: update.leftOut,
        contested,
      });
      if (gone.length > 0 || this.#staged > 0)
        await sql.run('UPDATE gallery_state SET version = version + 1');
      const leftOut = await leftOutIn(sql);
      if (gone.length > 0 || this.#staged > 0 || JSON.stringify(leftOut) !== JSON.stringify(leftOutBefore))
        await recordActIn(sql, this.#dependencies.acts, {
          act: 'gallery-synced',
          serial: update.serial,
          added: this.#staged - changed,
          changed,
          removed: gone.length,
          left_out: leftOut.length,
        });
      await sql.all(`PRAGMA cache_size = ${DEFAULT_CACHE}`);
      return { put: this.#staged, removed: gone.length, leftOut };
    });
    // What was erased must not stay readable in the log of writes.
    if (sum.removed > 0) await this.#database.scrub();
    return sum;
  }

  async close(): Promise<void> {
    this.#waiting = [];
    await this.#database.script(INCOMING.close);
  }

  /** People whose bytes are the same as before are not written again. */
  async #flush(): Promise<void> {
    const people = this.#waiting;
    this.#waiting = [];
    if (people.length === 0) return;
    const known = await this.#database.survey((sql) => knownAmong(sql, people));
    const changed: EncryptedPerson[] = [];
    for (const one of people) {
      const before = known.get(one.person.id);
      if (before?.digest !== one.digest)
        changed.push(encrypted(this.#dependencies, one, before?.wrapped_key));
    }
    await otherWork();
    if (changed.length === 0) return;
    this.#staged += changed.length;
    await this.#database.read((sql) => stageAll(sql, changed));
  }

  /** Of the buckets that are replaced, who is no longer there? */
  async #gone(sql: Sql): Promise<readonly PersonId[]> {
    const all = 'SELECT person, place FROM fleet_people';
    const rows: Placed[] = [];
    if (this.#here.size > MAX_SHARD_QUERIES) rows.push(...(await sql.all<Placed>(all)));
    else
      for (const shard of this.#here.keys())
        rows.push(
          ...(await sql.all<Placed>(`${all} WHERE place BETWEEN ? AND ?`, ...slotRangeOf(shard, this.#bits))),
        );
    return rows.flatMap(({ person, place }) =>
      this.#here.get(shardAt(place, this.#bits))?.has(person) === false ? [person] : [],
    );
  }
}

interface Placed {
  readonly person: PersonId;
  readonly place: number;
}

async function manifestIn(sql: Sql): Promise<string | null> {
  const state = await sql.one<{ readonly manifest: string | null }>('SELECT manifest FROM fleet_state');
  return state?.manifest ?? null;
}

interface Known {
  readonly id: PersonId;
  readonly wrapped_key: Uint8Array;
  /** Null for a person who was enrolled here. */
  readonly digest: string | null;
}

async function knownAmong(
  sql: Sql,
  people: readonly ReceivedPerson[],
): Promise<ReadonlyMap<PersonId, Known>> {
  const rows = await sql.all<Known>(
    `SELECT id, wrapped_key, digest FROM people LEFT JOIN fleet_people ON person = id WHERE ${sql.among('id')}`,
    JSON.stringify(people.map(({ person }) => person.id)),
  );
  return new Map(rows.map((row) => [row.id, row]));
}

function encrypted(
  { cipher, tag }: IntakeDependencies,
  one: ReceivedPerson,
  wrapped: Uint8Array | undefined,
): EncryptedPerson {
  const { person, badges, templates, digest } = one;
  const key = wrapped ?? cipher.newWrappedKey(person.id);
  const seal = cipher.sealerFor(person.id, key);
  return {
    person,
    badges: badges.map((badge) => ({ badge, tag: tag(badge) })),
    digest,
    place: hashSlotOf(person.id),
    key,
    templates: templates.map((template) => ({
      digest: template.digest,
      source: template.source,
      createdAt: template.createdAt,
      sealed: seal(template),
      condition: template.condition ?? UNKNOWN_CONDITION,
    })),
  };
}
