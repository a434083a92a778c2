import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TwinstileError } from '../../../src/base/errors.js';
import type { HeldOut } from '../../../src/biometrics/training-record.js';
import { trainedLines, trainHeadCommand } from '../../../src/cli/train/train-head-verb.js';
import { planFor } from '../../../src/lab/train/metric-learning/training-plan.js';
import type { TrainedHead } from '../../../src/lab/train/train-head.js';
import { twin } from '../../biometrics/head/sample.js';

const run = (...words: string[]) =>
  trainHeadCommand()
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
    .parseAsync(words, { from: 'user' });

for (const [name, words] of [
  ['a half-twin without templates of its own', ['--images', 'x', '--half-twin']],
  ['templates of their own without a half-twin', ['--images', 'x', '--template-images', 'y']],
  ['a folder that is not there', ['--images', '/nowhere/at/all']],
  ['nobody to learn from', []],
  ['a folder and a gallery as one', ['--images', 'x', '--config', 'y']],
] as const) {
  test(`refuses ${name}`, async () => {
    await assert.rejects(
      run(...words),
      (error) => error instanceof TwinstileError && error.code === 'bad-arguments',
    );
  });
}

for (const [name, words] of [
  ['an unknown loss', ['--images', 'x', '--loss', 'hinge']],
  ['an unknown head', ['--images', 'x', '--head', 'deep']],
  ['a seed that is no whole number', ['--images', 'x', '--seed', '1.5']],
  ['twin and half-twin at once', ['--images', 'x', '--twin', '--half-twin']],
] as const) {
  test(`does not understand ${name}`, async () => {
    await assert.rejects(run(...words), (error) => error instanceof Error && 'code' in error);
  });
}

const row: HeldOut = {
  fmr: 1e-4,
  counting: 'people',
  people: 2,
  photos: 4,
  matedPairs: 2,
  impostorPairs: 4,
  tmrBefore: 0.5,
  tmrAfter: 0.6,
  lift: 0.1,
  liftFrom: 0.05,
  liftTo: 0.15,
};
function told(rows: readonly HeldOut[]): string {
  const photo = { person: 'a', side: 'live', embedding: new Float32Array() } as const;
  const { live } = twin();
  const learned: TrainedHead = {
    head: twin(),
    rows,
    split: { train: [photo, photo], stop: [photo], examine: [{ ...photo, person: 'b' }] },
    trained: { template: live, live, bestEpoch: 3, epochs: 9, stoppedBy: 'signal' },
  };
  const plan = planFor({ loss: 'triplet', mining: 'semi-hard', shape: 'linear', halfTwin: false, seed: 1 });
  return trainedLines({ pack: 'builtin', found: 5, acquired: 4, seconds: 61.4, plan, ...learned }).join('\n');
}

test('tells on whom it learned, and how sure the lift is', () => {
  const text = told([row]);
  assert.match(text, /1 person \(2 photographs\), stopped by/);
  assert.match(text, /9 epochs in 61 s, the best was 3 \(partial: a signal stopped it\)/);
  assert.match(text, /TMR 50\.00 -> 60\.00 %, lift \+10\.00 points \(95 %: \+5\.00 to \+15\.00\)/);
});

for (const [rows, verdict] of [
  [[row], /it helps/],
  [[{ ...row, liftFrom: -0.01 }], /may be chance/],
  [[{ ...row, lift: -0.1, liftFrom: -0.2, liftTo: 0.1 }], /no gain/],
  [[{ ...row, lift: -0.1, liftFrom: -0.2, liftTo: -0.01 }], /it harms/],
  [[], /nothing could be measured/],
] as const) {
  test(`says "${verdict.source}" where the interval says so`, () => assert.match(told(rows), verdict));
}
