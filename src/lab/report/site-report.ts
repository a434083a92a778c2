/** The report of `evaluate site`. */
import type { Rate } from '../../biometrics/statistics/clopper-pearson.js';
import { intervalText } from '../../biometrics/statistics/rate-text.js';
import type { SiteRow } from '../evaluate/measure-site.js';
import type { LetIn } from '../evaluate/site-tally.js';
import { count } from './figures.js';
import type { Report, Table } from './html-report.js';

/** All rows of one way to ask for liveness. */
export interface SiteRun {
  /** 'off', or what the lane asks for by itself. */
  readonly liveness: string;
  readonly rows: readonly SiteRow[];
}

export interface SiteResult {
  readonly pack: string;
  readonly digest: string;
  readonly people: number;
  readonly clips: number;
  /** Photographs of others that could be enrolled, one a person. */
  readonly photographs: number;
  /** Clips that are one transaction at most. */
  readonly attempts: number;
  readonly maxFpir: number;
  readonly maxFmr: number;
  readonly runs: readonly SiteRun[];
}

export const siteReport = (result: SiteResult): Report => ({
  title: `Clips of the site's own: ${result.pack}`,
  facts: [
    ['pack', result.pack],
    ['model digest', result.digest.slice(0, 16)],
    ['people', count(result.people)],
    ['clips', count(result.clips)],
    ['photographs of others', count(result.photographs)],
    ['max FPIR, max FMR', `${result.maxFpir}, ${result.maxFmr}`],
  ],
  charts: [],
  tables: result.runs.flatMap(({ liveness, rows }) => [
    clipsTable(liveness, rows),
    attemptsTable(liveness, rows, result.attempts),
  ]),
});

const clipsTable = (liveness: string, rows: readonly SiteRow[]): Table => ({
  title: `Clips let in, liveness ${liveness}`,
  head: [
    ...KIND,
    'galleries',
    'strangers, face alone',
    'strangers, badge stolen',
    'enrolled, face alone',
    'enrolled, own badge',
    'for somebody else',
    'clips without a look',
  ],
  rows: rows.map((row) => [
    ...kindOf(row),
    count(row.galleries),
    shown(row.identification.strangers.attempts),
    shown(row.verification.strangers.attempts),
    shown(row.identification.enrolled.attempts),
    shown(row.verification.enrolled.attempts),
    bare(row.identification.mistaken),
    bare(row.identification.notAcquired),
  ]),
  note: 'In brackets the exact 95 % interval (Clopper and Pearson) as if each clip were of another person; the clips are of few people, and each is counted with many galleries. Compared raw: as if it were not known where a face was captured.',
});

const attemptsTable = (liveness: string, rows: readonly SiteRow[], attempts: number): Table => ({
  title: `By looks, transactions and people, liveness ${liveness}`,
  head: [...KIND, 'rule', 'who', 'looks', 'transactions', 'people'],
  rows: rows.flatMap((row) =>
    (['identification', 'verification'] as const).flatMap((rule) =>
      (['strangers', 'enrolled'] as const)
        .filter((who) => row[rule][who].attempts.of > 0)
        .map((who) => [...kindOf(row), rule, who, ...sharesOf(row[rule][who])]),
    ),
  ),
  note: `As ISO/IEC 19795-1 keeps them apart: a look is one frame alone, within the bound of the rule; an attempt (the table above) is a clip, by the lane's own rules; a transaction is up to ${attempts} clips of a person before one gallery, let in where one of them is: its share among strangers is the transaction FAR, and what is missing to all among the enrolled the transaction FRR. People: let in at least once.`,
});

const KIND = ['enrolled', 'where', 'photographs', 'compared'] as const;

const kindOf = ({ enrolled, where, photographs, compared }: SiteRow): readonly string[] => [
  count(enrolled),
  enrolled === 0 ? '-' : WHERE[where],
  count(photographs),
  compared,
];

const WHERE: Readonly<Record<SiteRow['where'], string>> = {
  here: 'this camera',
  elsewhere: 'another camera',
  both: 'both cameras',
};

const sharesOf = ({ looks, transactions, people }: LetIn): readonly string[] => [
  shown(looks),
  shown(transactions),
  shown(people),
];

const bare = ({ errors, of }: Rate): string => (of === 0 ? '-' : `${count(errors)} of ${count(of)}`);

const shown = (rate: Rate): string => (rate.of === 0 ? '-' : `${bare(rate)} (${intervalText(rate)})`);
