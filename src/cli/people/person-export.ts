/** Everything that is held on a person, in words that others can read (ISO times). */

import type { JournalRow } from '../../records/journal/journal.js';
import type { StoredCrop } from '../../records/people/crop-store.js';
import type { Enrolled } from '../../records/people/gallery-store.js';
import type { Office } from '../../service/setup/open-gallery.js';

const iso = (at: number | undefined): string | undefined =>
  at === undefined ? undefined : new Date(at).toISOString();

/** Which templates of a person open. */
export type Vectors = Awaited<ReturnType<Office['gallery']['vectors']>>;

const isAmong = (vectors: Vectors, template: Pick<Vectors[number], 'digest' | 'source'>): boolean =>
  vectors.some(({ digest, source }) => digest === template.digest && source === template.source);

/** Templates of a person that are damaged: they match no face, and no key opens them. */
export const damagedOf = ({ templates }: Enrolled, vectors: Vectors): Enrolled['templates'] =>
  templates.filter((template) => !isAmong(vectors, template));

/** Fields that are undefined are left out by JSON. @param vectors absent: it is not looked whether templates are damaged. */
export function plainPerson({ person, badges, templates }: Enrolled, vectors?: Vectors) {
  const { id, name, consent, validFrom, validUntil, groups } = person;
  return {
    id,
    name,
    consent:
      consent === undefined
        ? null
        : { text: consent.textVersion, given_at: iso(consent.givenAt), until: iso(consent.until) },
    valid_from: iso(validFrom),
    valid_until: iso(validUntil),
    badges,
    groups,
    templates: templates.map(({ digest, source, createdAt }) => ({
      encoder: digest,
      photo_sha256: source,
      created_at: iso(createdAt),
      damaged: vectors === undefined || isAmong(vectors, { digest, source }) ? undefined : true,
    })),
  };
}

/** Rows read at once. */
const PAGE = 1000;
/** More than the outbox ever holds. */
const MAX_MESSAGES = 1_000_000;

/** A badge that was refused without its holder being looked up is the holder's all the same. */
const isAbout = ({ person, badges }: Enrolled, body: Readonly<Record<string, unknown>>): boolean =>
  body.person === person.id || badges.some((badge) => body.badge === badge);

function fieldsOf(payload: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const content: unknown = JSON.parse(payload);
    return typeof content === 'object' && content !== null ? { ...content } : undefined;
  } catch {
    // A message of another kind is about no person.
    return undefined;
  }
}

export async function exportPerson(
  { gallery, journal, access }: Office,
  one: Enrolled,
  withTemplates: boolean,
) {
  const vectors = await gallery.vectors(one.person.id);
  const { templates, ...plain } = plainPerson(one, vectors);
  const vectorOf = (digest: string, source: string): readonly number[] | undefined => {
    const found = vectors.find((each) => each.digest === digest && each.source === source);
    return found === undefined ? undefined : [...found.vector];
  };
  const rows: JournalRow[] = [];
  for (let last = 0; ; ) {
    const page = await journal.walk(last, PAGE);
    rows.push(...page.filter(({ body }) => isAbout(one, body)));
    last = page.at(-1)?.seq ?? last;
    if (page.length < PAGE) break;
  }
  return {
    ...plain,
    templates: templates.map((template) => ({
      ...template,
      vector: withTemplates ? vectorOf(template.encoder, template.photo_sha256) : undefined,
    })),
    passages: JSON.parse((await access.records()).get(one.person.id) ?? 'null'),
    waiting_messages: (await journal.pending(MAX_MESSAGES)).flatMap(({ id, topic, payload }) => {
      const content = fieldsOf(payload);
      return content !== undefined && isAbout(one, content) ? [{ id, topic, content }] : [];
    }),
    journal: rows.map(({ at, ...row }) => ({ at: iso(at), ...row })),
  };
}

export const plainCrop = (stored: StoredCrop, withPictures: boolean) =>
  stored.kind === 'damaged'
    ? { photo_sha256: stored.source, damaged: true }
    : {
        photo_sha256: stored.source,
        bytes: stored.crop.length,
        jpeg_base64: withPictures ? Buffer.from(stored.crop).toString('base64') : undefined,
      };
