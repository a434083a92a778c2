import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Decision } from '../../../src/access/decision.js';
import type { FaceObservation } from '../../../src/access/subject.js';
import { decisionId, personId, trackId } from '../../../src/base/ids.js';
import { falseMatchRate, frameSeq, millis, monotonic } from '../../../src/base/units.js';
import { createEvidenceRing } from '../../../src/lane/decision/evidence-ring.js';
import type { FrameReport } from '../../../src/vision/ports/vision.js';
import { holds } from '../../support/properties.js';

const none = millis(0);
const frameOf = (track: string, at: number, replaced?: true): FrameReport => ({
  kind: 'frame',
  seq: frameSeq(at),
  at: monotonic(at),
  width: 640,
  height: 480,
  gate: { who: 'one', track: trackId(track) },
  faces: [
    {
      track: trackId(track),
      box: { x: 0, y: 0, width: 90, height: 100 },
      score: 0.9,
      interOcular: 50,
      atGate: true,
      problems: [],
      liveness: 0.8,
      replaced,
    },
  ],
  ended: [],
  skipped: 0,
  timings: {
    read: none,
    detect: none,
    track: none,
    quality: none,
    align: none,
    encode: none,
    liveness: none,
  },
});
const seen = (at: number, vector: Float32Array): FaceObservation => ({
  observation: {
    frame: frameSeq(at),
    at: monotonic(at),
    match: { person: personId('ada'), fmr: falseMatchRate(1e-6), runnerUpFmr: falseMatchRate(0.1) },
  },
  embedding: vector,
});
const decision = (id: string, track: string, person?: string): Decision =>
  ({
    id: decisionId(id),
    track: trackId(track),
    verdict: person === undefined ? 'refused' : 'granted',
    person: person === undefined ? undefined : personId(person),
  }) as Decision;
const limits = { passages: 3, keep: millis(10_000) };

test('a decision leads to its looks, with rates, quality and vectors', () => {
  const ring = createEvidenceRing(limits);
  ring.see(frameOf('a', 1), seen(1, Float32Array.of(1, 2)));
  ring.see(frameOf('a', 2), undefined);
  ring.decided(decision('d-1', 'a', 'ada'));
  const kept = ring.of(decisionId('d-1'), monotonic(3));
  assert.equal(kept?.person, 'ada');
  assert.deepEqual(
    kept?.looks.map(({ fmr, runnerUpFmr, liveness }) => [fmr, runnerUpFmr, liveness]),
    [
      [1e-6, 0.1, 0.8],
      [undefined, undefined, 0.8],
    ],
  );
  assert.deepEqual(kept?.vectors, [Float32Array.of(1, 2)]);
  assert.equal(ring.of(decisionId('d-2'), monotonic(3)), undefined);
});

test('of an unknown face nothing says whom it came near to', () => {
  const ring = createEvidenceRing(limits);
  ring.see(frameOf('a', 1), seen(1, Float32Array.of(1)));
  ring.decided(decision('d-1', 'a'));
  const kept = ring.of(decisionId('d-1'), monotonic(2));
  assert.equal(kept?.person, undefined);
  assert.ok(!JSON.stringify(kept).includes('ada'));
});

test('after its minutes nothing is left, also while no frame comes', () => {
  const ring = createEvidenceRing(limits);
  ring.see(frameOf('a', 1), seen(1, Float32Array.of(1, 2)));
  ring.decided(decision('d-1', 'a', 'ada'));
  ring.purge(monotonic(10_000));
  assert.equal(ring.size, 1);
  ring.purge(monotonic(10_001));
  assert.equal(ring.size, 0);
  assert.equal(ring.of(decisionId('d-1'), monotonic(10_001)), undefined);
});

test('another face in the place of the first takes its vectors away', () => {
  const ring = createEvidenceRing(limits);
  ring.see(frameOf('a', 1), seen(1, Float32Array.of(1)));
  ring.see(frameOf('a', 2, true), undefined);
  ring.see(frameOf('a', 3), seen(3, Float32Array.of(3)));
  ring.decided(decision('d-1', 'a', 'ada'));
  assert.deepEqual(ring.of(decisionId('d-1'), monotonic(4))?.vectors, [Float32Array.of(3)]);
});

test('who follows in the same track after a person was let in does not displace the looks that let in', () => {
  const ring = createEvidenceRing(limits);
  ring.see(frameOf('a', 1), seen(1, Float32Array.of(1)));
  ring.decided(decision('d-1', 'a', 'ada'));
  for (let at = 2; at < 20; at += 1) ring.see(frameOf('a', at), seen(at, Float32Array.of(at)));
  assert.deepEqual(ring.of(decisionId('d-1'), monotonic(20))?.vectors, [Float32Array.of(1)]);
});

test('a person who is erased is forgotten at once, others stay', () => {
  const ring = createEvidenceRing(limits);
  for (const [track, person] of [
    ['a', 'ada'],
    ['b', 'bob'],
  ] as const) {
    ring.see(frameOf(track, 1), seen(1, Float32Array.of(1)));
    ring.decided(decision(`d-${track}`, track, person));
  }
  ring.forget((person) => person === 'ada');
  assert.equal(ring.of(decisionId('d-a'), monotonic(2)), undefined);
  assert.notEqual(ring.of(decisionId('d-b'), monotonic(2)), undefined);
});

test('however long and many: passages, looks and vectors are bounded, and none is older than it may be', async (t) => {
  await holds(
    t,
    fc.property(fc.array(fc.tuple(fc.nat(6), fc.nat(900), fc.boolean()), { maxLength: 120 }), (film) => {
      const ring = createEvidenceRing(limits);
      let at = 0;
      for (const [track, wait, isEncoded] of film) {
        at += wait;
        ring.see(frameOf(`t-${track}`, at), isEncoded ? seen(at, Float32Array.of(at)) : undefined);
        ring.decided(decision(`d-${track}`, `t-${track}`));
        assert.ok(ring.size <= limits.passages);
      }
      for (let track = 0; track <= 6; track += 1) {
        const kept = ring.of(decisionId(`d-${track}`), monotonic(at));
        if (kept === undefined) continue;
        assert.ok(kept.looks.length <= 40 && kept.vectors.length <= 5);
        assert.ok(kept.looks.every((look) => at - look.at < limits.keep));
        assert.ok(kept.vectors.every(([taken = Number.NaN]) => at - taken < limits.keep));
      }
    }),
    { short: 200, long: 20_000 },
  );
});
