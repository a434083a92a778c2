import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACCESS_REASONS, accessSentenceOf } from '../../../src/access/policy/access-reasons.js';
import { alertOfPassage, isWatched } from '../../../src/access/policy/alerts.js';
import { passageMessage } from '../../../src/gate/protocol/gate-messages.js';
import { ada, bob, north } from './sample.js';

test('people are watched for by name and by group', () => {
  const list = { people: new Set([ada]), groups: new Set(['lost-badge']) };
  assert.equal(isWatched(list, ada, new Set()), true);
  assert.equal(isWatched(list, bob, new Set(['staff'])), false);
  assert.equal(isWatched(list, bob, new Set(['staff', 'lost-badge'])), true);
});

test('of what a gate says of a passage, everything that was not granted is told', () => {
  const told = passageMessage.shape.outcome.options.filter(
    (outcome) => alertOfPassage(outcome, north) !== undefined,
  );
  assert.deepEqual(told, ['forced-open', 'held-open', 'tailgated']);
});

test('each reason has a sentence of its own that gives nothing away about watch lists', () => {
  const sentences = ACCESS_REASONS.map(accessSentenceOf);
  assert.equal(new Set(sentences).size, ACCESS_REASONS.length);
  for (const sentence of sentences) {
    assert.match(sentence, /^[A-Z].*\.$/);
    assert.doesNotMatch(sentence, /watch|wanted|security|list/i);
  }
});
