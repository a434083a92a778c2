import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type SiteProbe, SiteTally } from '../../../src/lab/evaluate/site-tally.js';

const eve: SiteProbe = { trial: 1, person: 'eve', isEnrolled: false };
const ada: SiteProbe = { trial: 1, person: 'ada', isEnrolled: true };
const refused = { letInAs: [], looks: [undefined] };

test('counts looks, clips, transactions and people apart', () => {
  const tally = new SiteTally(3);
  tally.add(eve, { letInAs: ['ada'], looks: ['ada', undefined, 'ada'] });
  tally.add(eve, refused);
  tally.add({ ...eve, trial: 2 }, refused);
  const { looks, attempts, transactions, people } = tally.rates.strangers;
  assert.deepEqual([looks.errors, looks.of], [2, 5]);
  assert.deepEqual([attempts.errors, attempts.of], [1, 3]);
  assert.deepEqual([transactions.errors, transactions.of], [1, 2]);
  assert.deepEqual([people.errors, people.of], [1, 1]);
});

test('ends a transaction after the attempts that it may take', () => {
  const tally = new SiteTally(2);
  for (const letInAs of [[], [], ['ada']]) tally.add(eve, { letInAs, looks: [] });
  assert.equal(tally.rates.strangers.transactions.errors, 0);
  assert.equal(tally.rates.strangers.attempts.errors, 1);
});

test('does not count an enrolled person as let in where the gate opened for another', () => {
  const tally = new SiteTally(1);
  tally.add(ada, { letInAs: ['ada', 'bob'], looks: ['ada', 'bob'] });
  tally.add(ada, { letInAs: ['ada'], looks: [] });
  const { enrolled, mistaken, notAcquired } = tally.rates;
  assert.deepEqual([enrolled.attempts.errors, enrolled.attempts.of], [1, 2]);
  assert.deepEqual([enrolled.looks.errors, enrolled.looks.of], [1, 2]);
  assert.deepEqual([mistaken.errors, mistaken.of], [1, 2]);
  assert.deepEqual([notAcquired.errors, notAcquired.of], [1, 2]);
});

test('keeps each stolen badge a transaction of its own', () => {
  const tally = new SiteTally(3);
  tally.add({ ...eve, holder: 'ada' }, { letInAs: ['ada'], looks: [] });
  tally.add({ ...eve, holder: 'bob' }, refused);
  assert.deepEqual(
    [tally.rates.strangers.transactions.errors, tally.rates.strangers.transactions.of],
    [1, 2],
  );
});
