import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TwinstileError } from '../../../src/base/errors.js';
import { wallTime } from '../../../src/base/units.js';
import type { Patient } from '../../../src/service/doctor/finding.js';
import { checkRuntime, type LiveLibraries } from '../../../src/service/doctor/runtime-findings.js';

const BUILD = {
  version: '0.2.0',
  commit: 'abcdef012345',
  builtAt: '2026-11-30T12:00:00.000Z',
  node: '24.22.3',
  opencv: '4.6.0',
  sqlite: '3.54.1',
  onnxruntime: '1.30.0',
};
const live = (other: Partial<LiveLibraries> = {}): LiveLibraries => ({
  node: () => BUILD.node,
  opencv: async () => BUILD.opencv,
  sqlite: async () => BUILD.sqlite,
  onnxruntime: async () => BUILD.onnxruntime,
  ...other,
});
const look = (libraries: LiveLibraries, at = '2026-12-01') =>
  checkRuntime(libraries, BUILD).look({
    clock: { wall: () => wallTime(Date.parse(at)) },
  } as unknown as Patient);

test('libraries that are those of the build are good, and named', async () => {
  const findings = await look(live());
  assert.deepEqual(
    findings.map(({ verdict, detail }) => [verdict, detail]),
    [['good', 'Node.js 24.22.3, OpenCV 4.6.0, SQLite 3.54.1, ONNX Runtime 1.30.0.']],
  );
});

test('a library that is another one than at the build is told', async () => {
  const findings = await look(live({ opencv: async () => '4.10.0' }));
  assert.match(
    findings.map(({ detail }) => detail).join(),
    /OpenCV 4\.10\.0 is loaded, .* built with 4\.6\.0/,
  );
});

test('a SQLite that loses data is wrong, not a warning', async () => {
  const findings = await look(live({ sqlite: async () => '3.52.0' }));
  assert.ok(findings.some(({ verdict, detail }) => verdict === 'wrong' && /withdrawn/.test(detail)));
});

test('a binding that cannot be loaded is one finding, and hides none of the others', async () => {
  const broken = new TwinstileError({
    code: 'setup-incomplete',
    message: 'No binding.',
    hint: 'Run ./scripts/setup.',
  });
  const findings = await look(live({ opencv: () => Promise.reject(broken) }));
  assert.deepEqual(
    findings.map(({ verdict, todo }) => [verdict, todo]),
    [
      ['good', undefined],
      ['wrong', 'Run ./scripts/setup.'],
    ],
  );
  assert.match(findings[0]?.detail ?? '', /SQLite 3\.54\.1, ONNX Runtime/);
});

test('an old build and a line of Node.js near its end are warnings', async () => {
  const findings = await look(live(), '2028-04-01');
  assert.deepEqual(
    findings
      .filter(({ verdict }) => verdict === 'warning')
      .map(({ detail }) => /\d+ (more )?days/.exec(detail)?.[0]),
    ['29 more days', '487 days'],
  );
});

test('the libraries of this machine answer for themselves', async () => {
  const findings = await checkRuntime().look({
    clock: { wall: () => wallTime(Date.now()) },
  } as unknown as Patient);
  assert.match(
    findings[0]?.detail ?? '',
    /OpenCV \d+\.\d+\.\d+, SQLite 3\.\d+\.\d+, ONNX Runtime \d+\.\d+\.\d+/,
  );
});
