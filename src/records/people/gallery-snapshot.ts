/** Loads the templates of one encoder into one matrix in memory. */
import type { ModelDigest, PersonId } from '../../base/ids.js';
import type { CaptureCondition } from '../../biometrics/conditions/capture-condition.js';
import { type Sql, type Tables, unusableStorage } from '../sql-port.js';
import { conditionOf, PERSON_COLUMNS, type PersonRow, personOf, versionIn } from './gallery-people.js';
import type { GallerySnapshot } from './gallery-store.js';
import type { Person } from './person.js';
import { type SealedTemplate, type TemplateCipher, undamaged } from './template-cipher.js';

type Row = SealedTemplate & PersonRow & { readonly condition: string };

/** Read, opened and forgotten at once: about 10 ms of work. All rows of 100,000 people would be half a gigabyte. */
const PAGE = 500;

/** Of whom templates count here. */
const MATCHING = `FROM templates JOIN people ON people.id = person
  WHERE digest = ? AND TRIM(consent_text) <> ''
    AND lower(person) NOT IN (SELECT lower(id) FROM revoked WHERE kind = 'person')`;

/**
 * A template that was changed is left out and counted; all others still match.
 * @throws TwinstileError 'gallery-unusable' when the templates of this encoder have another dimension.
 */
export function loadSnapshot(
  tables: Tables,
  cipher: TemplateCipher,
  digest: ModelDigest,
  dimension: number,
): Promise<GallerySnapshot> {
  return tables.survey(async (sql) => {
    const version = await versionIn(sql);
    const counted = await sql.one<{ readonly count: number }>(`SELECT count(*) AS count ${MATCHING}`, digest);
    const matrix = new Float32Array((counted?.count ?? 0) * dimension);
    const owners: PersonId[] = [];
    const conditions: CaptureCondition[] = [];
    const people = new Map<PersonId, Person>();
    let damaged = 0;
    let opener:
      | { readonly person: PersonId; readonly open: ReturnType<TemplateCipher['openerFor']> }
      | undefined;
    for await (const page of pagesOf(sql, digest))
      for (const row of page) {
        const vector = undamaged(() => {
          if (opener?.person !== row.person)
            opener = { person: row.person, open: cipher.openerFor(row.person, row.wrapped_key) };
          return opener.open(row);
        });
        if (vector === undefined) {
          damaged += 1;
          continue;
        }
        // Authenticated for this encoder and intact: the pack is another one, for all templates.
        if (vector.length !== dimension)
          throw unusableStorage(
            `templates of ${dimension} numbers`,
            `one of ${vector.length}`,
            'Configure the model pack by which they were made.',
          );
        if (owners.at(-1) !== row.person) people.set(row.person, personOf(row));
        matrix.set(vector, owners.length * dimension);
        owners.push(row.person);
        conditions.push(conditionOf(row.condition));
      }
    const whole = matrix.subarray(0, owners.length * dimension);
    return { version, digest, dimension, matrix: whole, owners, conditions, people, damaged };
  });
}

async function* pagesOf(sql: Sql, digest: ModelDigest): AsyncGenerator<readonly Row[]> {
  let last: Row | undefined;
  for (;;) {
    const page: readonly Row[] = await sql.all<Row>(
      `SELECT person, digest, source, sealed, wrapped_key, condition, ${PERSON_COLUMNS} ${MATCHING} AND (person, source) > (?, ?)
        ORDER BY person, source LIMIT ${PAGE}`,
      digest,
      last?.person ?? '',
      last?.source ?? '',
    );
    if (page.length > 0) yield page;
    if (page.length < PAGE) return;
    last = page.at(-1);
  }
}
