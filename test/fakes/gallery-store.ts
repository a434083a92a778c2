/** A gallery in memory that keeps the port's promises; for tests of whatever uses one. */
import { isDeepStrictEqual } from 'node:util';
import { TwinstileError } from '../../src/base/errors.js';
import type { BadgeId, PersonId } from '../../src/base/ids.js';
import type { GalleryChange, Person, Template } from '../../src/gallery/person.js';
import type { Enrolled, GalleryStore } from '../../src/ports/gallery-store.js';

interface Content {
  readonly people: Map<PersonId, Person>;
  readonly badges: Map<BadgeId, PersonId>;
  readonly templates: readonly Template[];
}

export function fakeGallery(): GalleryStore {
  let content: Content = { people: new Map(), badges: new Map(), templates: [] };
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
          .map(({ digest, source, createdAt }) => ({ digest, source, createdAt })),
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
        return { version, digest, dimension, matrix, owners, people: owning };
      }),
    find: (person) => answer(() => enrolled().find((each) => each.person.id === person)),
    list: () => answer(enrolled),
    holderOf: (badge) => answer(() => content.badges.get(badge)),
    known: (digest, sources) =>
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

function changed({ people, badges, templates }: Content, change: GalleryChange): Content {
  switch (change.kind) {
    case 'put-person':
      if (change.over !== undefined) expectSame(people.get(change.person.id) ?? null, change.over);
      return { people: new Map(people).set(change.person.id, change.person), badges, templates };
    case 'remove-person':
      return {
        people: new Map([...people].filter(([id]) => id !== change.person)),
        badges: new Map([...badges].filter(([, holder]) => holder !== change.person)),
        templates: templates.filter(({ person }) => person !== change.person),
      };
    case 'add-template': {
      const { template } = change;
      known(people, template.person);
      const same = ({ person, digest, source }: Template): boolean =>
        person === template.person && digest === template.digest && source === template.source;
      return { people, badges, templates: [...templates.filter((each) => !same(each)), template] };
    }
    case 'add-badge':
      known(people, change.person);
      if (change.from !== undefined && badges.get(change.badge) !== change.person)
        expectSame(badges.get(change.badge) ?? null, change.from);
      return { people, badges: new Map(badges).set(change.badge, change.person), templates };
    case 'remove-badge':
      return { people, badges: new Map([...badges].filter(([badge]) => badge !== change.badge)), templates };
  }
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
