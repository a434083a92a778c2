import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TwinstileError } from '../../../src/base/errors.js';
import { millis } from '../../../src/base/units.js';
import { systemClock } from '../../../src/platform/system-clock.js';
import type { Face } from '../../../src/vision/detection/face.js';
import { interOcular, scaled } from '../../../src/vision/detection/face.js';
import { captureDocument } from '../../../src/vision/pipeline/capture-document.js';
import type { Grab } from '../../../src/vision/ports/camera.js';
import type { DocumentCaptureMode, DocumentRegion } from '../../../src/vision/ports/vision.js';
import { type FakePicture, fakeModels, fakePicture, middleFace } from './fake-models.js';

const everywhere = { x: 0, y: 0, width: 1, height: 1 };
type Act = readonly Face[] | Exclude<Grab, { kind: 'frame' }> | Error;

/** A camera that shows the given faces picture by picture, or does something else. */
async function lookAt(
  acts: readonly Act[],
  place: Partial<DocumentRegion> = {},
  options: DocumentCaptureMode = 'face',
  settings = { detector: { width: 640, minScore: 0.6 }, minInterOcular: 20 },
  limit = 200,
) {
  const models = fakeModels();
  const pictures: FakePicture[] = [];
  let closed = 0;
  let at = 0;
  const result = await captureDocument({
    open: () => ({
      grab() {
        const act = acts[at] ?? { kind: 'wait', wait: 20 };
        at += 1;
        if (act instanceof Error) throw act;
        if ('kind' in act) return act;
        models.faces = act;
        const picture = fakePicture(at);
        pictures.push(picture);
        return { kind: 'frame', picture, at: systemClock.monotonic(), skipped: 0 };
      },
      close: () => {
        closed += 1;
      },
    }),
    clock: systemClock,
    models,
    settings,
    place: { source: { kind: 'usb', device: '/dev/video2' }, zone: everywhere, ...place },
    options,
    limit: millis(limit),
  });
  assert.equal(closed, 1, 'the camera is closed after the look');
  assert.ok(pictures.every(({ released }) => released === 1));
  return { result, pictures, models };
}
const facesIn = ({ result }: Awaited<ReturnType<typeof lookAt>>) =>
  result.kind === 'faces' ? result.faces : assert.fail(result.detail);
/** The first number of the embedding is the picture it is of. */
const markOf = (seen: Awaited<ReturnType<typeof lookAt>>) => facesIn(seen)[0]?.embedding?.[0];

const pass = middleFace();
const ghost = scaled(middleFace(50), 0.5);

test('the best of the first three good pictures is taken, and no more are looked at', async () => {
  const acts = [[], [pass], [scaled(pass, 1.2)], [pass], [pass], [pass]];
  const seen = await lookAt(acts, {}, 'face', undefined, 10_000);
  assert.equal(markOf(seen), 3);
  assert.equal(facesIn(seen).length, 1);
  assert.equal(seen.pictures.length, 4);
});

test('one good picture is enough when the camera gives no more in time', async () => {
  assert.equal(markOf(await lookAt([[pass]])), 1);
});

test('a small copy of the photograph is not a second person', async () => {
  const seen = await lookAt([[pass, ghost]]);
  assert.equal(facesIn(seen).length, 1);
  assert.equal(markOf(seen), 1);
});

test('two faces of like size are two people, and both are told', async () => {
  assert.equal(facesIn(await lookAt([[middleFace(100), middleFace(400)]])).length, 2);
});

test('a face outside of the zone is not looked at', async () => {
  const right = { zone: { x: 0.5, y: 0, width: 0.5, height: 1 } };
  assert.deepEqual(facesIn(await lookAt([[middleFace(20)]], right)), []);
  assert.equal(facesIn(await lookAt([[middleFace(20), middleFace(400)]], right)).length, 1);
});

test('a face that is larger than that of a pass is not looked at', async () => {
  const living = scaled(middleFace(), 1.5);
  const most = { maxInterOcular: interOcular(pass.points) + 1 };
  assert.deepEqual(facesIn(await lookAt([[living]], most)), []);
  assert.equal(facesIn(await lookAt([[pass]], most)).length, 1);
});

test('a face that is too small is told with its problem', async () => {
  const small = { detector: { width: 640, minScore: 0.6 }, minInterOcular: interOcular(pass.points) + 1 };
  assert.deepEqual(facesIn(await lookAt([[pass]], {}, 'face', small))[0]?.problems, ['too-small']);
});

test('no face in time is no face', async () => {
  assert.deepEqual(facesIn(await lookAt([[], []])), []);
});

test('whether there is a picture is said after the first, without a look at it', async () => {
  const { result, models, pictures } = await lookAt(
    [{ kind: 'wait', wait: 1 }, [pass], [pass]],
    {},
    'picture',
  );
  assert.deepEqual([result, models.detected, pictures.length], [{ kind: 'faces', faces: [] }, [], 1]);
});

for (const [what, acts, detail] of [
  ['gives nothing', [], /No picture came within 200 ms/],
  ['breaks', [{ kind: 'lost', detail: 'unplugged' }], /unplugged/],
  ['throws', [new Error('driver')], /driver/],
  ['is over', [{ kind: 'end' }], /No picture/],
] as const satisfies readonly (readonly [string, readonly Act[], RegExp])[])
  test(`a camera that ${what} gives no picture, and says why`, async () => {
    for (const wish of ['face', 'picture'] as const) {
      const { result } = await lookAt(acts, {}, wish);
      assert.match(result.kind === 'no-picture' ? result.detail : '', detail);
    }
  });

test('a camera that breaks after a good picture has shown it', async () => {
  assert.equal(markOf(await lookAt([[pass], { kind: 'lost', detail: 'unplugged' }])), 1);
});

test('a camera that cannot be opened says why', async () => {
  const looking = captureDocument({
    open: () => {
      throw new TwinstileError({
        code: 'camera-unusable',
        message: 'Expected a camera, got none.',
        hint: 'Plug it in.',
      });
    },
    clock: systemClock,
    models: fakeModels(),
    settings: { detector: { width: 640, minScore: 0.6 }, minInterOcular: 20 },
    place: { source: { kind: 'usb', device: '/dev/video2' }, zone: everywhere },
    options: 'face',
  });
  assert.deepEqual(await looking, {
    kind: 'no-picture',
    detail: 'Expected a camera, got none. Plug it in.',
  });
});
