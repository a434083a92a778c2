import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evaluatePairs } from '../../../src/lab/evaluate/measure-pairs.js';
import { pairsReport } from '../../../src/lab/report/pairs-report.js';
import { pageOf, terminalText } from '../../../src/lab/report/render-report.js';
import { photosOf } from '../evaluate/people.js';

const result = evaluatePairs(photosOf(), undefined, { replicates: 50, seed: 1 });
const report = pairsReport(result);
const page = pageOf(report, 'twinstile evaluate pairs');

test('a page needs nothing from anywhere: no script, no address, no picture', () => {
  assert.doesNotMatch(page, /<script|<img|<link|https?:|src=|url\(|@import/i);
  assert.match(page, /default-src 'none'/);
});

test('a page holds curve, histograms and thresholds as drawings of finite places', () => {
  assert.equal(page.match(/<svg /g)?.length, 2);
  assert.match(page, /<polyline points="[\d., ]+"/);
  assert.match(page, />1e-2<\/text>/);
  assert.doesNotMatch(page, /NaN|Infinity|undefined/);
});

test('what a file is called stays text', () => {
  const table = { title: 'x', head: ['a'], rows: [['<img src=x onerror="alert(1)">&']] };
  const hostile = pageOf({ ...report, tables: [table] }, '<b>');
  assert.ok(hostile.includes('&lt;img src=x onerror=&quot;alert(1)&quot;&gt;&amp;'));
  assert.ok(!hostile.includes('<img') && !hostile.includes('<b>'));
});

test('terminal and page say the same rates, counts and failures', () => {
  const text = terminalText(report);
  const [first] = result.rates;
  const tmr = `${(100 * (first?.byPairs?.value ?? 0)).toFixed(2)} %`;
  for (const shown of [text, page]) {
    assert.ok(shown.includes(tmr));
    assert.ok(shown.includes(result.impostorPairs.toLocaleString('en-US')));
    assert.ok(shown.includes('no-face 2, unreadable 1'));
    assert.ok(shown.includes('p2/broken.jpg'));
  }
});
