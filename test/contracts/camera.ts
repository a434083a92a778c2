/** What every camera keeps to, whatever is behind it: run on the real adapter and on the fake. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Camera, Grab } from '../../src/vision/ports/camera.js';

export interface CameraCase {
  /** Opens a camera that gives at least three pictures; the context is for what must be stopped afterwards. */
  readonly open: (context: TestContext) => Camera | Promise<Camera>;
  readonly width: number;
  readonly height: number;
  /** Number of its pictures, when they end. */
  readonly pictures?: number;
}

type Frame = Grab & { kind: 'frame' };

export function describeCamera(name: string, { open, width, height, pictures }: CameraCase): void {
  test(`${name} gives pictures of its size`, async (context) => {
    const camera = await open(context);
    const { picture } = await nextFrame(camera);
    assert.deepEqual([picture.width, picture.height], [width, height]);
    const { pixels, scale } = picture.letterbox(32, 32);
    assert.equal(pixels.length, 32 * 32 * 3);
    assert.equal(scale, 32 / Math.max(width, height));
    picture.release();
    camera.close();
  });

  test(`${name} never goes back in time, and counts what it passes over`, async (context) => {
    const camera = await open(context);
    let before = Number.NEGATIVE_INFINITY;
    for (let count = 0; count < 3; count += 1) {
      const { picture, at, skipped } = await nextFrame(camera);
      assert.ok(at > before, `${at} came after ${before}`);
      assert.ok(Number.isInteger(skipped) && skipped >= 0);
      before = at;
      picture.release();
    }
    camera.close();
  });

  test(`${name} can be closed twice`, async (context) => {
    const camera = await open(context);
    camera.close();
    camera.close();
  });

  if (pictures === undefined) return;
  test(`${name} shows or passes over each of its pictures once, and stays at its end`, async (context) => {
    const camera = await open(context);
    let seen = 0;
    for (;;) {
      const grab = await settled(camera);
      if (grab.kind !== 'frame') break;
      seen += 1 + grab.skipped;
      grab.picture.release();
    }
    assert.equal(seen, pictures);
    assert.equal(camera.grab().kind, 'end');
    assert.equal(camera.grab().kind, 'end');
    camera.close();
  });
}

/** The next answer that is not 'wait'. */
export async function settled(camera: Camera): Promise<Exclude<Grab, { kind: 'wait' }>> {
  for (let asked = 0; asked < 2000; asked += 1) {
    const grab = camera.grab();
    if (grab.kind !== 'wait') return grab;
    assert.ok(grab.wait > 0 && grab.wait <= 10_000, `waits ${grab.wait} ms`);
    await sleep(grab.wait);
  }
  throw new assert.AssertionError({ message: 'the camera only ever waits' });
}

export async function nextFrame(camera: Camera): Promise<Frame> {
  const grab = await settled(camera);
  if (grab.kind !== 'frame')
    throw new assert.AssertionError({ message: `no frame but ${JSON.stringify(grab)}` });
  return grab;
}
