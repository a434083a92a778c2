/** Cameras to open, made on the fly. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { cv } from '../../../src/vision/opencv/cv.js';

export function scratchFolder(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'twinstile-camera-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Pictures of one colour each: picture n is grey of level 5n. */
const plain = (level: number) => new cv.Mat(240, 320, cv.CV_8UC3, [level, level, level]);

export const levelOf = (pixels: Uint8Array): number => Math.round((pixels[pixels.length >> 1] ?? -5) / 5);

/** A film of `count` pictures, 25 a second, 320x240. */
export function film(folder: string, count: number): string {
  const path = join(folder, 'film.avi');
  const writer = new cv.VideoWriter(path, cv.VideoWriter.fourcc('MJPG'), 25, new cv.Size(320, 240));
  for (let n = 0; n < count; n += 1) {
    const mat = plain(5 * n);
    writer.write(mat);
    mat.release();
  }
  writer.release();
  return path;
}

/** "0.jpg" to "11.jpg" and so on, so that the order of names is not the order of numbers. */
export function photographs(folder: string, count: number): string {
  for (let n = 0; n < count; n += 1) {
    const mat = plain(5 * n);
    writeFileSync(join(folder, `${n}.jpg`), cv.imencode('.jpg', mat));
    mat.release();
  }
  return folder;
}

/** A network camera in another process: MJPEG over HTTP. */
export async function networkCamera(
  context: TestContext,
  folder: string,
  { port = 0, pictures = Number.POSITIVE_INFINITY, late = 0 } = {},
) {
  const server = await serve(context, './mjpeg-server.ts', [folder, `${port}`, `${pictures}`, `${late}`]);
  return { ...server, url: `http://127.0.0.1:${server.port}/` };
}

/** A network camera in another process: RTSP. Needs ffmpeg. @param words of the server. @returns its address. */
export async function rtspCamera(context: TestContext, ...words: readonly string[]): Promise<string> {
  const { port } = await serve(context, './rtsp-server.ts', words);
  return `rtsp://127.0.0.1:${port}/one`;
}

async function serve(context: TestContext, script: string, words: readonly string[]) {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', path, ...words], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const gone = once(child, 'exit');
  const stop = async () => {
    child.kill('SIGKILL');
    await gone;
  };
  context.after(stop);
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return { port: Number(line.toString()), stop };
}
