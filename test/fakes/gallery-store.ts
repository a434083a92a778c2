/** A gallery in memory that keeps the port's promises; for tests of whatever uses one. */
import { isDeepStrictEqual } from 'node:util';
import { TwinstileError } from '../../src/base/errors.js';
import type { BadgeId, PersonId } from '../../src/base/ids.js';
import { badgeKey, idKey } from '../../src/base/names.js';
import { UNKNOWN_CONDITION } from '../../src/biometrics/conditions/capture-condition.js';
import type { BadgeStanding, Enrolled, GalleryStore } from '../../src/records/people/gallery-store.js';
import type { GalleryChange, Person, Template } from '../../src/records/people/person.js';
import { expectRecord } from '../../src/records/people/record-rules.js';

interface Content {
  readonly people: Map<PersonId, Person>;
  readonly badges: Map<BadgeId, PersonId>;
  readonly templates: readonly Template[];
  /** Keys of badges that were taken away. */
  readonly buried: ReadonlySet<string>;
}

export function fakeGallery(): GalleryStore {
  let content: Content = { people: new Map(), badges: new Map(), templates: [], buried: new Set() };
  let version = 0;
  let closed = false;

  const answer = async <T>(make: () => T): Promise<T> => {
    if (closed)
      throw new TwinstileError({ code: 'stopped', message: 'Expected an open gallery, got a closed one.' });
    return make();
  };
  const enrolled = (): readonly Enrolled[] =>
    [...content.people.values()]
      .sort((a, b) => (a.id < b.id ? -1 : 1))
      .map((person) => ({
        person,
        badges: [...content.badges]
          .flatMap(([badge, holder]) => (holder === person.id ? [badge] : []))
          .sort(),
        templates: content.templates
          .filter((template) => template.person === person.id)
          .map(({ digest, source, createdAt, condition = UNKNOWN_CONDITION }) => ({
            digest,
            source,
            createdAt,
            condition,
          })),
      }));

  return {
    version: () => answer(() => version),
    apply: (changes) =>
      answer(() => {
        if (changes.length === 0) return;
        content = changes.reduce(changed, content);
        version += 1;
      }),
    snapshot: (digest, dimension) =>
      answer(() => {
        const { people, templates } = content;
        const chosen = templates.filter(
          (template) => template.digest === digest && people.get(template.person)?.consent !== undefined,
        );
        if (chosen.some(({ vector }) => vector.length !== dimension))
          throw new TwinstileError({
            code: 'gallery-unusable',
            message: `Expected ${dimension} numbers, got others.`,
          });
        const matrix = new Float32Array(chosen.length * dimension);
        for (const [row, { vector }] of chosen.entries()) matrix.set(vector, row * dimension);
        const owners = chosen.map(({ person }) => person);
        const owning = new Map([...people].filter(([id]) => owners.includes(id)));
        const conditions = chosen.map(({ condition = UNKNOWN_CONDITION }) => condition);
        return { version, digest, dimension, matrix, owners, conditions, people: owning };
      }),
    find: (person) => answer(() => enrolled().find((each) => each.person.id === person)),
    storedSpelling: (person) =>
      answer(() => [...content.people.keys()].find((id) => idKey(id) === idKey(person))),
    list: () => answer(enrolled),
    holderOf: (badge) =>
      answer(() => {
        const standing = standingIn(content, badge);
        return standing.kind === 'held' ? standing.person : undefined;
      }),
    standingOf: (badge) => answer(() => standingIn(content, badge)),
    idClashes: () => answer(() => []),
    sourcesEncoded: (digest, sources) =>
      answer(
        () =>
          new Set(
            content.templates
              .filter((template) => template.digest === digest && sources.includes(template.source))
              .map(({ source }) => source),
          ),
      ),
    vectors: (person) => answer(() => content.templates.filter((template) => template.person === person)),
    close: async () => {
      closed = true;
    },
  };
}

function standingIn({ badges, buried }: Content, badge: BadgeId): BadgeStanding {
  const held = [...badges].find(([id]) => badgeKey(id) === badgeKey(badge));
  if (held !== undefined) return { kind: 'held', badge: held[0], person: held[1] };
  return { kind: buried.has(badgeKey(badge)) ? 'removed' : 'foreign', badge };
}

function changed(before: Content, change: GalleryChange): Content {
  const after = bare(before, change);
  const keys = (content: Content): readonly string[] => [...content.badges.keys()].map(badgeKey);
  const held = new Set(keys(after));
  const gone = [...before.buried, ...keys(before)].filter((key) => !held.has(key));
  const freed = change.kind === 'release-badge' ? badgeKey(change.badge) : undefined;
  const whole = { ...after, buried: new Set(gone.filter((key) => key !== freed)) };
  if (change.kind === 'add-badge') expectWithin(whole, change.person);
  if (change.kind === 'add-template') expectWithin(whole, change.template.person);
  return whole;
}

function expectWithin({ people, badges, templates }: Content, id: PersonId): void {
  const person = people.get(id);
  if (person === undefined) return;
  expectRecord({
    person,
    badges: [...badges].flatMap(([badge, holder]) => (holder === id ? [badge] : [])),
    templates: templates.filter((template) => template.person === id).length,
  });
}

function bare(content: Content, change: GalleryChange): Content {
  const { people, badges, templates, buried } = content;
  const without = (badge: BadgeId) => new Map([...badges].filter(([id]) => badgeKey(id) !== badgeKey(badge)));
  switch (change.kind) {
    case 'release-badge':
      return content;
    case 'put-person':
      if (change.over !== undefined) expectSame(people.get(change.person.id) ?? null, change.over);
      expectRecord({ person: change.person });
      if (!people.has(change.person.id)) expectOneSpelling(people, change.person.id);
      return { people: new Map(people).set(change.person.id, change.person), badges, templates, buried };
    case 'remove-person':
      return {
        people: new Map([...people].filter(([id]) => id !== change.person)),
        badges: new Map([...badges].filter(([, holder]) => holder !== change.person)),
        templates: templates.filter(({ person }) => person !== change.person),
        buried,
      };
    case 'add-template': {
      const { template } = change;
      known(people, template.person);
      const same = ({ person, digest, source }: Template): boolean =>
        person === template.person && digest === template.digest && source === template.source;
      return { people, badges, templates: [...templates.filter((each) => !same(each)), template], buried };
    }
    case 'set-condition':
      return {
        people,
        badges,
        templates: templates.map((template) =>
          template.person === change.person &&
          change.instead.includes(template.condition ?? UNKNOWN_CONDITION)
            ? { ...template, condition: change.condition }
            : template,
        ),
        buried,
      };
    case 'add-badge': {
      known(people, change.person);
      const standing = standingIn(content, change.badge);
      const holder = standing.kind === 'held' ? standing.person : null;
      if (change.from !== undefined && holder !== change.person) expectSame(holder, change.from);
      return { people, badges: without(change.badge).set(change.badge, change.person), templates, buried };
    }
    case 'remove-badge':
      return { people, badges: without(change.badge), templates, buried };
  }
}

function expectOneSpelling(people: ReadonlyMap<PersonId, Person>, id: PersonId): void {
  const other = [...people.keys()].find((each) => idKey(each) === idKey(id));
  if (other === undefined) return;
  throw new TwinstileError({
    code: 'enrolment-refused',
    message: `Expected one spelling, got ${id}, ${other}.`,
  });
}

function expectSame(stored: unknown, seen: unknown): void {
  if (isDeepStrictEqual(stored, seen)) return;
  throw new TwinstileError({ code: 'gallery-changed', message: 'Expected it as seen, got it changed.' });
}

function known(people: ReadonlyMap<PersonId, Person>, person: PersonId): void {
  if (people.has(person)) return;
  throw new TwinstileError({
    code: 'person-unknown',
    message: `Expected somebody who is enrolled, got the person id '${person}'.`,
  });
}
