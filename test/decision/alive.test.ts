import assert from 'node:assert/strict';
import { test } from 'node:test';
import { livenessAsked, livenessObjection } from '../../src/decision/alive.js';

for (const [name, mode, liveness, hold, expected] of [
  ['lets in a living face', 'require', 'live', undefined, undefined],
  ['turns away a picture', 'require', 'attack', undefined, 'presentation-attack'],
  ['waits where it cannot be told', 'require', 'undecided', undefined, 'liveness-undecided'],
  ['tells a picture of nobody enrolled', 'require', 'attack', 'unknown', 'presentation-attack'],
  ['tells a picture that is not clear enough', 'require', 'attack', 'gathering', 'presentation-attack'],
  ['tells a picture beside a badge', 'require', 'attack', 'badge-face-mismatch', 'presentation-attack'],
  ['has nothing to say where no face counts', 'require', 'attack', 'degraded', undefined],
  ['has nothing to say where a badge is asked for', 'require', 'attack', 'badge-needed', undefined],
  ['leaves another reason alone while it cannot be told', 'require', 'undecided', 'unknown', undefined],
  ['only writes down in record', 'record', 'attack', undefined, undefined],
  ['only writes down what is undecided', 'record', 'undecided', undefined, undefined],
  ['does not ask when off', 'off', 'attack', undefined, undefined],
] as const)
  test(name, () => assert.equal(livenessObjection(mode, liveness, hold), expected));

test('asks in each mode what the lane asks there, and nothing of a lane without rules', () => {
  const liveness = { identification: 'require', verification: 'record', challenge: false } as const;
  assert.equal(livenessAsked({ liveness }, 'identification'), 'require');
  assert.equal(livenessAsked({ liveness }, 'verification'), 'record');
  assert.equal(livenessAsked({}, 'identification'), 'off');
});
