/** The compiled module by itself: what it is asked wrongly throws and ends no process, and what is released is gone. */
import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import type { Mat } from '../../../src/vision/opencv/binding.js';
import { cv } from '../../../src/vision/opencv/cv.js';

const picture = () => new cv.Mat(4, 6, cv.CV_8UC3, [10, 20, 30]);
const other = {} as Mat;

for (const [what, ask] of [
  ['a region outside of the picture', () => picture().getRegion(new cv.Rect(3, 3, 10, 10))],
  ['a region of negative size', () => picture().getRegion(new cv.Rect(0, 0, -1, 2))],
  ['no region', () => picture().getRegion(undefined as never)],
  ['a size of nothing', () => picture().resize(0, 0)],
  ['a size above what memory holds', () => picture().resize(1_000_000_000, 1_000_000_000)],
  ['a matrix that is none', () => picture().warpAffine(other, new cv.Size(3, 3))],
  ['a matrix of another shape', () => picture().warpAffine(picture(), new cv.Size(3, 3))],
  ['a conversion that fits no picture of three channels', () => picture().cvtColor(cv.COLOR_GRAY2BGR)],
  ['bytes of another size', () => new cv.Mat(Buffer.alloc(5), 4, 6, cv.CV_8UC3)],
  ['a copy into another size', () => picture().copyTo(new cv.Mat(2, 2, cv.CV_8UC3))],
  ['a pixel that is not there', () => picture().set(4, 0, [1, 2, 3])],
  ['a pixel before the first', () => picture().set(-1, 0, [1, 2, 3])],
  ['another picture that is none', () => picture().add(other)],
  [
    'a released picture',
    () => {
      const mat = picture();
      mat.release();
      mat.resize(2, 2);
    },
  ],
  ['a file of an unknown kind', () => cv.imencode('.unknown', picture())],
  ['bytes that are none', () => cv.imdecode('text' as never)],
  ['a camera that is not there', () => new cv.VideoCapture('/not/there', cv.CAP_FFMPEG)],
  [
    'a film in a folder that is not there',
    () =>
      new cv.VideoWriter(
        path.join(tmpdir(), 'not', 'there', 'x.avi'),
        cv.VideoWriter.fourcc('MJPG'),
        25,
        new cv.Size(6, 4),
      ),
  ],
  ['a code of three letters', () => cv.VideoWriter.fourcc('MJP')],
  ['a class without new', () => (cv.Mat as unknown as () => Mat)()],
  ['a method on another object', () => picture().flip.call(other, 1)],
] as const)
  test(`asked for ${what} it throws`, () => assert.throws(() => void ask(), Error));

test('bytes go in and come out as they are, and a region shares them', () => {
  const bytes = Buffer.from(Array.from({ length: 4 * 6 * 3 }, (_, at) => at));
  const mat = new cv.Mat(bytes, 4, 6, cv.CV_8UC3);
  assert.deepEqual([mat.rows, mat.cols, mat.channels, mat.empty], [4, 6, 3, false]);
  assert.deepEqual(mat.getData(), bytes);
  bytes.fill(0);
  assert.equal(mat.getData()[5], 5, 'a copy');
  const region = mat.getRegion(new cv.Rect(1, 2, 2, 1));
  assert.deepEqual([...region.getData()], [39, 40, 41, 42, 43, 44]);
  mat.set(2, 1, [1, 2, 3]);
  assert.deepEqual([...region.getData()].slice(0, 3), [1, 2, 3]);
  mat.release();
  assert.deepEqual([mat.rows, mat.empty], [0, true]);
  assert.deepEqual([...region.getData()].slice(0, 3), [1, 2, 3], 'lives on');
  region.release();
});

test('what is released does not grow the process, whatever the collector does', () => {
  const round = () => {
    for (let count = 0; count < 200; count += 1) new cv.Mat(1080, 1920, cv.CV_8UC3, [1, 2, 3]).release();
  };
  round();
  const before = process.memoryUsage().rss;
  for (let count = 0; count < 3; count += 1) round();
  // 600 pictures of 6 MB are 3.7 GB.
  assert.ok(process.memoryUsage().rss - before < 200e6);
});

test('the library says its own version and how it was built', () => {
  const { major, minor } = cv.version;
  assert.match(cv.getBuildInformation(), new RegExp(`OpenCV ${major}\\.${minor}\\.`));
  assert.match(cv.getBuildInformation(), /FFMPEG: +YES/);
});
