import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Distance, monotonic } from '../../../src/base/units.js';
import { judge, judgeDocumentLook } from '../../../src/service/doctor/vision-findings.js';
import type { DocumentCapture, PhotoFace, VisionReport } from '../../../src/vision/ports/vision.js';
import { frameOf } from '../../lane/lane-world.js';

const camera = { kind: 'usb', device: '/dev/video0', width: 640, height: 480 } as const;
const ready: VisionReport = { kind: 'ready', provider: 'cpu', pid: 7 };
const song: VisionReport = { kind: 'canary', verdict: 'true', drift: 0 as Distance };
const frames = (every: number): readonly VisionReport[] =>
  Array.from({ length: 20 }, (_, n) => frameOf(n, n * every, []));
const unplugged: VisionReport = {
  kind: 'camera',
  status: 'unplugged',
  at: monotonic(1),
  detail: 'No such device.',
};

for (const [name, asked, reports, expected] of [
  ['a camera that gives what it was asked for', camera, [ready, song, ...frames(40)], ['good', 'good']],
  ['a slow camera', camera, [ready, song, ...frames(200)], ['good', 'warning']],
  ['another size', { ...camera, width: 1280 }, [ready, song, ...frames(40)], ['good', 'warning']],
  ['no pictures', camera, [ready, song, unplugged], ['good', 'wrong']],
  [
    'an encoder that drifts',
    camera,
    [ready, { ...song, verdict: 'untrue' }, ...frames(40)],
    ['wrong', 'good'],
  ],
  ['an encoder that never sang', camera, [ready, ...frames(40)], ['wrong', 'good']],
  [
    'a process that does not get ready',
    camera,
    [{ kind: 'restarting', cause: 'it exited with code 1' }],
    ['wrong'],
  ],
] as const satisfies readonly (readonly [string, object, readonly VisionReport[], readonly string[]])[])
  test(`${name}: ${expected.join(', ')}`, () => {
    const findings = judge({ id: 'north', camera: asked }, { reports, lastWords: [] });
    assert.deepEqual(
      findings.map(({ verdict }) => verdict),
      expected,
    );
    for (const { verdict, todo } of findings) assert.equal(todo !== undefined, verdict !== 'good');
  });

test('says what the camera itself says', () => {
  const [, finding] = judge({ id: 'north', camera }, { reports: [ready, song, unplugged], lastWords: [] });
  assert.match(finding?.detail ?? '', /unplugged: No such device/);
});

test('what to do about a camera for passes without a picture follows from its kind and from its answer', () => {
  const none: DocumentCapture = { kind: 'no-picture', detail: 'Nothing came.' };
  const laneWith = (source: object) =>
    ({ id: 'north', document_camera: { camera: source } }) as Parameters<typeof judgeDocumentLook>[0];
  const stream = laneWith({ kind: 'stream', url: 'rtsp://camera/1' });
  assert.match(judgeDocumentLook(laneWith({ kind: 'usb', device: '/dev/video0' }), none).todo ?? '', /USB/);
  assert.doesNotMatch(judgeDocumentLook(stream, none).todo ?? '', /USB|group video/);
  const told = judgeDocumentLook(stream, none, {
    detail: 'It refuses the login (401).',
    todo: 'Correct it.',
  });
  assert.match(`${told.detail} ${told.todo}`, /refuses the login \(401\)\. Correct it\./);
});

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
