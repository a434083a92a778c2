/** The floor of time moves with the releases. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { RELEASED } from '../../src/platform/build-date.js';

const read = (file: string): string => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');

/** @returns the dates of the headings "## 1.2.3 (2026-11-30)", as ms since 1970. */
const releaseDates = (changelog: string): readonly number[] =>
  [...changelog.matchAll(/^## \d+\.\d+\.\d+ \((\d{4}-\d{2}-\d{2})\)$/gm)].map(([, day = '']) =>
    Date.parse(day),
  );

/** Until the first release any day will do that is not to come. */
function faultOf(changelog: string, released: number): string | undefined {
  const dates = releaseDates(changelog);
  const newest = Math.max(...dates);
  if (dates.length === 0 || newest === released) return undefined;
  return `move src/platform/build-date.ts to ${new Date(newest).toISOString().slice(0, 10)}`;
}

test('the floor of time is the day of the newest release', () => {
  assert.equal(faultOf(read('CHANGELOG.md'), RELEASED), undefined);
  assert.ok(RELEASED <= Date.now());
});

test('every heading of the changes is a version with a day, or the one that is not released yet', () => {
  const headings = read('CHANGELOG.md')
    .split('\n')
    .filter((line) => line.startsWith('## '));
  const { version } = JSON.parse(read('package.json'));
  assert.ok(headings[0]?.startsWith(`## ${version} (`), `the newest is ${version}, that of package.json`);
  for (const [index, heading] of headings.entries())
    assert.match(heading, index === 0 ? /\((unreleased|\d{4}-\d{2}-\d{2})\)$/ : /\(\d{4}-\d{2}-\d{2}\)$/);
});

for (const [name, changelog, fault] of [
  [
    'a release that is newer',
    '## 0.2.0 (unreleased)\n## 0.1.0 (2027-02-01)',
    'move src/platform/build-date.ts to 2027-02-01',
  ],
  ['a day past the newest release', '## 0.1.0 (2026-12-31)', 'move src/platform/build-date.ts to 2026-12-31'],
  ['nothing while nothing is released', '## 0.1.0 (unreleased)', undefined],
  ['nothing on the day itself', '## 0.1.1 (2027-01-01)\n## 0.1.0 (2026-12-31)', undefined],
] as const)
  test(`is told of ${name}`, () => assert.equal(faultOf(changelog, Date.UTC(2027, 0, 1)), fault));
