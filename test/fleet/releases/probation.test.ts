import assert from 'node:assert/strict';
import { test } from 'node:test';
import { millis } from '../../../src/base/units.js';
import {
  assessProbation,
  type LaneProbation,
  type ProbationReport,
} from '../../../src/fleet/releases/probation.js';

const WATCH = millis(900_000);
const lane: LaneProbation = {
  lane: 'north',
  isUp: true,
  restarts: 0,
  hasFailedSelfTest: false,
  degraded: [],
};
const at = (
  minutes: number,
  change: Partial<LaneProbation> = {},
  more: Partial<ProbationReport> = {},
): string => {
  const none = { granted: 0, of: 0 };
  const sight = {
    elapsed: millis(minutes * 60_000),
    lanes: [{ ...lane, ...change }],
    tolerated: [],
    before: none,
    since: none,
    ...more,
  };
  const verdict = assessProbation(sight, WATCH);
  return verdict.verdict === 'failed' ? verdict.reason : verdict.verdict;
};
const letIn = (granted: number, of: number) => ({ granted, of });

for (const [name, is, expected] of [
  ['a quiet lane is watched', at(1), 'watching'],
  ['and is settled after its time', at(15), 'settled'],
  ['but not while it sees nothing', at(15, { isUp: false, degraded: ['camera-not-live'] }), 'watching'],
  [
    'an untrue encoder fails at once',
    at(0, { hasFailedSelfTest: true }),
    'the encoder of lane north does not land where it should',
  ],
  ['one death is an accident', at(2, { restarts: 1 }), 'watching'],
  ['three are none', at(0.1, { restarts: 3 }), 'the eye of lane north died 3 times'],
  [
    'a lane that is starting is not degraded yet',
    at(0.5, { isUp: false, degraded: ['encoder-self-test-failed'] }),
    'watching',
  ],
  [
    'one that stays so is',
    at(1.1, { degraded: ['encoder-self-test-failed'] }),
    'lane north is degraded: encoder-self-test-failed',
  ],
  [
    'an eye that never comes up fails',
    at(1.1, { isUp: false }),
    'the eye of lane north was not up within 60 s',
  ],
  [
    'a broker that is away is none of its doing',
    at(5, { degraded: ['broker-disconnected', 'gate-offline'] }),
    'watching',
  ],
  [
    'nor is what was wrong before',
    at(5, { degraded: ['gallery-empty'] }, { tolerated: ['gallery-empty'] }),
    'watching',
  ],
  [
    'half as many let in as before fails',
    at(5, {}, { before: letIn(180, 200), since: letIn(8, 20) }),
    '8 of 20 were let in, before it 180 of 200',
  ],
  ['a few decisions say nothing', at(5, {}, { before: letIn(180, 200), since: letIn(0, 19) }), 'watching'],
  ['nor does a short time before', at(5, {}, { before: letIn(19, 19), since: letIn(0, 50) }), 'watching'],
  ['as many as before is well', at(5, {}, { before: letIn(100, 200), since: letIn(20, 40) }), 'watching'],
] as const)
  test(name, () => assert.equal(is, expected));
