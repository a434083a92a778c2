import assert from 'node:assert/strict';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { millis } from '../../../../src/base/units.js';
import { laneSchema } from '../../../../src/service/config/sections/lane-section.js';
import {
  expectOtherCamera,
  watchDocumentCamera,
} from '../../../../src/service/daemon/document/lane-camera.js';
import type { DocumentCapture, DocumentCaptureMode } from '../../../../src/vision/ports/vision.js';
import { until } from '../../../until.js';

test('a camera for passes that is one for people under another name is refused at the start', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'twinstile-devices-'));
  t.after(() => rm(folder, { recursive: true }));
  for (const name of ['video0', 'video2']) await writeFile(path.join(folder, name), '');
  await symlink('video0', path.join(folder, 'by-id'));
  const file = (name: string) => ({ kind: 'file' as const, path: path.join(folder, name) });
  const lane = (id: string, camera: string, pass?: string) =>
    laneSchema.parse({
      id,
      gate: id,
      direction: 'in',
      camera: file(camera),
      document_camera:
        pass === undefined ? undefined : { camera: file(pass), reader_verifies_document: true },
    });
  const [twin, other, missing] = ['by-id', 'video2', 'nowhere'].map((pass) => lane('north', 'video0', pass));
  assert.ok(twin && other && missing);
  assert.throws(() => expectOtherCamera(twin, [twin]), { code: 'config-invalid', message: /"north"/ });
  expectOtherCamera(other, [other]);
  expectOtherCamera(missing, [missing]);
  expectOtherCamera(lane('plain', 'video0'), [twin]);
  const south = lane('south', 'video2');
  assert.throws(() => expectOtherCamera(other, [other, south]), {
    code: 'config-invalid',
    message: /"south"/,
  });
});

const there: DocumentCapture = { kind: 'faces', faces: [] };
const gone: DocumentCapture = { kind: 'no-picture', detail: 'unplugged' };

function cameraThat(answer: (options: DocumentCaptureMode) => Promise<DocumentCapture>) {
  const told: (string | undefined)[] = [];
  const asked: DocumentCaptureMode[] = [];
  const count = { starts: 0, closes: 0 };
  const camera = watchDocumentCamera({
    start: async () => {
      count.starts += 1;
      return {
        capture: (options) => {
          asked.push(options);
          return answer(options);
        },
        close: async () => {
          count.closes += 1;
        },
      };
    },
    onChange: (fault) => told.push(fault),
    every: millis(5),
    again: millis(1),
  });
  return { camera, told, asked, count };
}

test('its absence is known before anybody needs it, and so is its return', async () => {
  let now: DocumentCapture = gone;
  const { camera, told, asked, count } = cameraThat(async () => now);
  const stop = new AbortController();
  const watched = camera.run(stop.signal);
  await until(() => asked.length >= 3, 'some looks');
  assert.deepEqual(camera.faults(), ['document-camera-missing']);
  now = there;
  await until(() => camera.faults().length === 0, 'it is back');
  stop.abort();
  await watched;
  assert.deepEqual(told, ['unplugged', undefined]);
  assert.ok(asked.every((options) => options === 'picture'));
  assert.deepEqual(count, { starts: 1, closes: 1 });
});

test('a camera that is there from the start is nothing to tell of', async () => {
  const { camera, told } = cameraThat(async () => there);
  assert.deepEqual(camera.faults(), []);
  assert.equal(await camera.capture('face'), there);
  assert.deepEqual(told, []);
});

test('a look at a pass tells as well that it is missing', async () => {
  const { camera, told } = cameraThat(async () => gone);
  await camera.capture('face');
  assert.deepEqual([camera.faults(), told], [['document-camera-missing'], ['unplugged']]);
});

test('two at once do not see one pass', async () => {
  const face = { box: { x: 0, y: 0, width: 1, height: 1 }, interOcular: 30, problems: [] };
  let answer = (_: DocumentCapture): void => {};
  const { camera, asked } = cameraThat(
    () =>
      new Promise((resolve) => {
        answer = resolve;
      }),
  );
  const first = camera.capture('face');
  await until(() => asked.length === 1, 'the first look');
  assert.deepEqual(await camera.capture('face'), { kind: 'faces', faces: [] });
  answer({ kind: 'faces', faces: [face] });
  assert.deepEqual(await first, { kind: 'faces', faces: [face] });
  assert.equal(asked.length, 1);
});

test('a visitor waits for the probe that is under way', async () => {
  const answers: ((look: DocumentCapture) => void)[] = [];
  const { camera, asked } = cameraThat(() => new Promise((resolve) => answers.push(resolve)));
  const stop = new AbortController();
  const watched = camera.run(stop.signal);
  await until(() => asked.length === 1, 'a probe');
  const visitor = camera.capture('face');
  answers[0]?.(there);
  await until(() => asked.length === 2, 'the look');
  answers[1]?.(gone);
  assert.equal(await visitor, gone);
  assert.deepEqual(asked, ['picture', 'face']);
  stop.abort();
  answers[2]?.(there);
  await watched;
});

test('a process that fails is started anew for the next look', async () => {
  let fails = true;
  const { camera, count, told } = cameraThat(async () => {
    if (fails) throw new Error('killed');
    return there;
  });
  await assert.rejects(camera.capture('face'), /killed/);
  assert.deepEqual(camera.faults(), ['document-camera-missing']);
  fails = false;
  assert.equal(await camera.capture('face'), there);
  assert.deepEqual(told, ['killed', undefined]);
  assert.deepEqual(count, { starts: 2, closes: 1 });
});
