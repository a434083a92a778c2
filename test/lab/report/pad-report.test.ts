import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attackRates, liveRates, type Presentation } from '../../../src/lab/evaluate/pad-rates.js';
import { padReport } from '../../../src/lab/report/pad-report.js';
import { pageOf } from '../../../src/lab/report/render-report.js';

const sure: Presentation = { verdict: 'live', decidedAfter: 200, scores: [0.9, 0.9, 0.9, 0.01, 0.01] };
const doubted: Presentation = { verdict: 'undecided', scores: [0.15, 0.01] };
const caught: Presentation = { verdict: 'attack', decidedAfter: 300, scores: [0, 0, 0, 0, 0.9] };
const recording = (clip: string, ...judged: readonly Presentation[]) => [{ clip, judged, notJudged: 0 }];
const report = padReport({
  pack: 'mobile',
  live: {
    recordings: recording('/home/ada/films/ada.mp4', sure, doubted),
    rates: liveRates([sure, doubted]),
  },
  attacks: [
    { species: 'print', recordings: recording('/home/ada/print.mp4', caught), rates: attackRates([caught]) },
    { species: 'replay', recordings: recording('/home/ada/phone.mp4', sure), rates: attackRates([sure]) },
  ],
});
const page = pageOf(report, 'twinstile evaluate pad');
const rowsOf = (title: string) => report.tables.find((table) => table.title === title)?.rows;

test('lists the worst tracks first, by the name of the file alone', () => {
  assert.deepEqual(rowsOf('Living tracks that looked least alive'), [
    ['ada.mp4', 'live', 'undecided', '2', '0.080', '-1.00'],
    ['ada.mp4', 'live', 'live', '5', '0.544', '3.00'],
  ]);
  assert.deepEqual(rowsOf('Attack tracks that looked most alive'), [
    ['phone.mp4', 'replay', 'live', '5', '0.544', '3.00'],
    ['print.mp4', 'print', 'attack', '5', '0.180', '-4.00'],
  ]);
  assert.ok(!page.includes('/home/ada'));
});

test('gives the rates of each species with counts and intervals', () => {
  const rows = rowsOf('By track and by frame');
  assert.deepEqual(rows?.[0]?.slice(0, 3), [
    'BPCER: living faces turned away',
    '50.0 % (1 of 2; 1.3 % to 98.7 %)',
    '1',
  ]);
  assert.deepEqual(
    rows?.map(([name]) => name?.split(':')[0]),
    ['BPCER', 'APCER print', 'APCER replay'],
  );
  assert.ok(page.includes('replay: 100.0 % (1 of 1; 2.5 % to 100.0 %)'));
});

test('draws frames and tracks with their bounds, and needs nothing from anywhere', () => {
  assert.equal(page.match(/<svg /g)?.length, 2);
  for (const word of ['>even<', '>attack<', '>live<', '>living<', '>attacks<'])
    assert.ok(page.includes(word), word);
  assert.doesNotMatch(page, /<script|<img|<link|https?:|src=|url\(|@import|NaN|Infinity|undefined/i);
});

test('draws nothing that is no number where nothing was judged', () =>
  assert.doesNotMatch(pageOf(padReport({ pack: 'mobile', attacks: [] }), ''), /NaN|Infinity/));
