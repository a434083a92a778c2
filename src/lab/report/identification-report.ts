/** Builds the report of `evaluate identification`. */
import type { IdentificationResult, SizeResult } from '../evaluate/measure-identification.js';
import { INK, logScale, plot, round, text } from './charts.js';
import { count, missingTable, percent, percentWithin, reasonLines } from './figures.js';
import type { Chart, Report, Table } from './html-report.js';

export function identificationReport(result: IdentificationResult): Report {
  const byHead = result.head === 'identity' ? '' : ` with a ${result.head} head`;
  const pack = `${result.pack}${byHead}`;
  const configured = configuredTable(result);
  return {
    title: `Open-set identification: ${pack}`,
    facts: factsOf(result, pack),
    charts: [errorsChart(result)],
    tables: [
      measuredTable(result),
      ...(configured.rows.length === 0 ? [] : [configured]),
      ...missingTable(result.missing),
    ],
  };
}

const factsOf = (result: IdentificationResult, pack: string): Report['facts'] => [
  ['pack', pack],
  ['model digest', result.digest.slice(0, 16)],
  ['compared', result.isSameCamera ? 'through the centre of the camera' : 'raw'],
  ['people', count(result.people)],
  ['photographs', count(result.photos)],
  ['failures to acquire', reasonLines(result.notAcquired, result.photos)],
  ['galleries drawn', result.sizes.map(({ draws, gallery }) => `${draws} of ${count(gallery)}`).join(', ')],
  ...(result.tooLarge.length === 0
    ? []
    : [['not enough people for', result.tooLarge.map(count).join(', ')] as const]),
];

const measuredTable = ({ sizes }: IdentificationResult): Table => ({
  title: 'Measured: FNIR where so many searches of impostors return a candidate',
  head: ['gallery', 'mated searches', 'impostor searches', 'FPIR', 'FNIR'],
  rows: sizes.flatMap((size) =>
    size.measured.map(({ allowed, fnir }) => [...countsOf(size), percent(allowed), percentWithin(fnir)]),
  ),
  note: 'In brackets: 95 % interval over the draws of the gallery and, by bootstrap, over people; of none, what the exact interval allows so many people. Searches count over all draws.',
});

const configuredTable = ({ sizes }: IdentificationResult): Table => ({
  title: 'By the rule of a lane: one observation, the table in use, max_fpir over the size of the gallery',
  head: ['gallery', 'max_fpir', 'FPIR found', 'FNIR found'],
  rows: sizes.flatMap(({ gallery, configured }) =>
    configured.map(({ maxFpir, extrapolated, fpir, fnir }) => [
      count(gallery),
      `${percent(maxFpir)}${extrapolated ? ' (extrapolated)' : ''}`,
      percentWithin(fpir),
      percentWithin(fnir),
    ]),
  ),
  note: 'A lane observes several frames before it decides; this is a single photograph.',
});

const countsOf = ({ gallery, matedSearches, strangerSearches }: SizeResult): readonly string[] => [
  count(gallery),
  count(matedSearches),
  count(strangerSearches),
];

/** FNIR over FPIR, one line for each size of the gallery. */
function errorsChart({ sizes }: IdentificationResult): Chart {
  const share = (value: number): string => `${Number((100 * value).toPrecision(3))} %`;
  const x = logScale(1e-3, 1, 'x', share);
  const y = logScale(1e-3, 1, 'y', share);
  const colours = [INK.mated, INK.impostors, '#2a9d5c', '#8a5cc2', '#c77d1a'];
  const lines = sizes.map(({ gallery, measured }, i) => {
    const colour = colours[i % colours.length] ?? INK.mated;
    const points = measured.map(({ allowed, fnir }) => [x.at(allowed), y.at(fnir.value)] as const);
    const [first] = points.toSorted((a, b) => b[0] - a[0]);
    const dots = points.map(
      ([across, up]) => `<circle cx="${round(across)}" cy="${round(up)}" r="3.5" fill="${colour}"/>`,
    );
    const path = points.map(([across, up]) => `${round(across)},${round(up)}`).join(' ');
    const name =
      first === undefined
        ? ''
        : text([first[0] + 9, first[1] + 4], `${count(gallery)} enrolled`, 'start', colour);
    return `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>${dots.join('')}${name}`;
  });
  const title = 'FNIR by FPIR: who is missed, by how many searches of impostors may return a candidate';
  return {
    title,
    svg: plot(
      { x, y },
      {
        title,
        across: 'false positive identification rate (FPIR)',
        up: 'false negative identification rate (FNIR)',
      },
      lines.join('\n'),
    ),
  };
}
