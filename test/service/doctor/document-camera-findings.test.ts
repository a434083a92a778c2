import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeDocumentLook } from '../../../src/service/doctor/document-camera-findings.js';
import type { DocumentCapture, PhotoFace } from '../../../src/vision/ports/vision.js';

const face = (more: Partial<PhotoFace> = {}): PhotoFace => ({
  box: { x: 0, y: 0, width: 80, height: 100 },
  interOcular: 31.4,
  problems: [],
  ...more,
});

for (const [what, look, verdict, said] of [
  ['gives nothing', { kind: 'no-picture', detail: 'No such device.' }, 'wrong', /No such device/],
  ['sees no pass', { kind: 'faces', faces: [] }, 'good', /no pass lies there/],
  ['sees a pass', { kind: 'faces', faces: [face()] }, 'good', /31 px/],
  [
    'sees one that is too small',
    { kind: 'faces', faces: [face({ problems: ['too-small'] })] },
    'warning',
    /too-small/,
  ],
  ['sees two faces', { kind: 'faces', faces: [face(), face()] }, 'warning', /2 faces/],
] as const satisfies readonly (readonly [string, DocumentCapture, string, RegExp])[])
  test(`a camera for passes that ${what}: ${verdict}`, () => {
    const finding = judgeDocumentLook({ id: 'north' }, look);
    assert.deepEqual([finding.about, finding.verdict], ['pass camera north', verdict]);
    assert.match(finding.detail, said);
    if (verdict !== 'good') assert.ok(finding.todo);
  });
