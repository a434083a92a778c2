/** The pictures of the documents and of the reports, as a browser shows them. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { terminalPicture } from '../bench/terminal-picture.js';
import { detChart, histogramChart } from '../src/lab/report/charts.js';
import { pageOf } from '../src/lab/report/render-report.js';
import { HEADING } from '../src/service/demo/decision-line.js';
import { measureIn, withoutChromium } from './support/chromium.js';

interface Box {
  readonly text: string;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  /** Where each character begins. */
  readonly starts: readonly number[];
}

interface Drawn {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly Box[];
}

/** All pictures of a page, in units of each picture. */
const MEASURE = `[...document.querySelectorAll('svg')].map((svg) => {
  const corner = svg.getBoundingClientRect();
  const scale = svg.viewBox.baseVal.width / corner.width;
  return { width: svg.viewBox.baseVal.width, height: svg.viewBox.baseVal.height,
    boxes: [...svg.querySelectorAll('text')].map((one) => {
      const box = one.getBoundingClientRect();
      return { text: [...one.childNodes].filter((n) => n.nodeType === 3).map((n) => n.data).join(''),
        left: (box.left - corner.left) * scale, right: (box.right - corner.left) * scale,
        top: (box.top - corner.top) * scale, bottom: (box.bottom - corner.top) * scale,
        starts: Array.from({ length: one.getNumberOfChars() }, (_, i) => one.getStartPositionOfChar(i).x) };
    }) };
})`;

/** Boxes of text hold room above and below the letters. */
const AIR = 2.5;

function assertReadable({ width, height, boxes }: Drawn): void {
  for (const box of boxes) {
    const inside =
      box.left >= -0.5 && box.right <= width + 0.5 && box.top >= -AIR && box.bottom <= height + AIR;
    assert.ok(inside, `"${box.text}" leaves the picture: ${JSON.stringify({ ...box, starts: [] })}`);
  }
  boxes.forEach((a, i) => {
    for (const b of boxes.slice(i + 1)) {
      const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      assert.ok(!(across > 0.5 && down > AIR), `"${a.text}" lies on "${b.text}"`);
    }
  });
}

const LONG = `${'Wolfeschlegelsteinhausenbergerdorff'.repeat(3).slice(0, 80)}`;
const RIGHT_TO_LEFT = 'מוחמד־אברהים־אלכסנדרוביץ'.repeat(4).slice(0, 80);
const NAMES = [LONG, RIGHT_TO_LEFT, '王'.repeat(80)];
const DOCUMENTS = readdirSync('docs').filter((name) => name.endsWith('.svg'));
const readDocument = (name: string): string => readFileSync(`docs/${name}`, 'utf8');

test('pictures of the documents show each text inside, on no other, with their columns', {
  skip: withoutChromium,
}, async () => {
  const drawn = (await measureIn(
    `<!doctype html><body>${DOCUMENTS.map(readDocument).join('\n')}</body>`,
    MEASURE,
  )) as readonly Drawn[];
  assert.equal(drawn.length, DOCUMENTS.length);
  drawn.forEach(assertReadable);
  const lines = drawn[DOCUMENTS.indexOf('demo.svg')]?.boxes ?? [];
  const heading = lines.find(({ text }) => text.startsWith('time '));
  assert.equal(heading?.text, HEADING.trimEnd(), 'draw it again: bench/draw-demo.ts');
  const rows = lines.filter(({ text }) => /^\d\d:\d\d:\d\d /.test(text));
  assert.ok(rows.length >= 5);
  for (const name of ['who', 'gate', 'liveness']) {
    const column = heading.text.indexOf(name);
    for (const row of rows) {
      assert.match(row.text.slice(column - 2, column + 1), /^ {2}\S$/, row.text);
      assert.ok(Math.abs((row.starts[column] ?? 0) - (heading.starts[column] ?? -1)) < 0.5, row.text);
    }
  }
});

test('a terminal is drawn with its spaces on each text, and lines wider than it go on in the next row', () => {
  const svg = terminalPicture(['$ x', '', `a  b${'c'.repeat(20)}<`], 10, 'label');
  const texts = [...svg.matchAll(/<text [^>]*>([^<]*)<\/text>/g)];
  assert.deepEqual(
    texts.map(([, text]) => text),
    ['$ x', 'a  bcccccc', 'cccccccccc', 'cccc&lt;'],
  );
  for (const [text] of texts) assert.match(text, / xml:space="preserve"/);
});

const bins = { from: 0, to: 2, counts: [1, 5, 9, 5, 1] };
const curve = [
  { threshold: 0.5, fmr: 1e-6, fnmr: 0.5 },
  { threshold: 0.9, fmr: 1e-2, fnmr: 1e-3 },
];
const longPage = (): string =>
  pageOf(
    {
      title: `Report of ${LONG}`,
      facts: NAMES.map((name) => [name, name] as const),
      charts: [
        detChart(
          curve,
          NAMES.map((label, i) => ({ fmr: 10 ** (-1 - 2 * i), fnmr: 10 ** -(i + 0.5), label })),
          { impostorPairs: 1e8, matedPairs: 1e4 },
        ),
        { ...histogramChart(bins, bins, [{ distance: 1, label: LONG }]), title: LONG, note: LONG },
      ],
      tables: [
        {
          title: LONG,
          head: ['reason', 'photograph', 'photograph'],
          rows: [['0.1234', ...NAMES.slice(0, 2)], NAMES],
        },
      ],
    },
    `twinstile evaluate pairs --images ${LONG}`,
  );

test('axes of an error trade-off are written in one notation', () => {
  const { svg } = detChart(curve, [], { impostorPairs: 1e8, matedPairs: 1e4 });
  const ticks = [...svg.matchAll(/<text [^>]*>(1[^<]*|[\d.]+ %)<\/text>/g)].map(([, tick]) => tick);
  assert.ok(ticks.length > 10);
  for (const tick of ticks) assert.match(tick ?? '', /^1(e-\d)?$/);
  assert.doesNotMatch(readDocument('pairs-mobile-det.svg'), />[^<]*%</);
});

/** What is wider than its page, by its tag. */
const TOO_WIDE = `[...document.querySelectorAll('main *')].filter((one) => !one.closest('svg') &&
  one.getBoundingClientRect().right > document.querySelector('main').getBoundingClientRect().right + 1)
  .map((one) => one.tagName + ': ' + one.textContent.slice(0, 40))`;

test('names of 80 letters, of any direction, wrap in a report on the screen and on A4, and end in charts with an ellipsis', {
  skip: withoutChromium,
}, async () => {
  const page = longPage();
  const paper = page
    .replace('@media print {', '@media all {')
    .replace('</style>', 'main { width: 180mm; }</style>');
  assert.notEqual(paper, page);
  for (const shown of [page, paper]) {
    const { wide, drawn, background } = (await measureIn(
      shown,
      `{ wide: ${TOO_WIDE}, drawn: ${MEASURE}, background: getComputedStyle(document.body).backgroundColor }`,
      800,
    )) as { readonly wide: readonly string[]; readonly drawn: readonly Drawn[]; readonly background: string };
    assert.deepEqual(wide, []);
    assert.equal(drawn.length, 2);
    drawn.forEach(assertReadable);
    assert.ok(drawn.every(({ boxes }) => boxes.some(({ text }) => text.endsWith('…'))));
    if (shown === paper) assert.equal(background, 'rgb(255, 255, 255)');
  }
});
