import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { faultOfBindings } from '../../src/platform/native-bindings.js';

const OPENCV = '.twinstile/opencv.node';
const SQLITE = 'sqlite3/build/Release/node_sqlite3.node';
const ONNX = `onnxruntime-node/bin/napi-v6/${process.platform}/${process.arch}/onnxruntime_binding.node`;

function packagesOf(t: TestContext, files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'twinstile-bindings-'));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(path.join(folder, path.dirname(file)), { recursive: true });
    writeFileSync(path.join(folder, file), content);
  }
  return folder;
}
const WHOLE = {
  [OPENCV]: '\u0000node_register_module_v137\u0000',
  [SQLITE]: '\u0000napi_register_module_v1\u0000',
  [ONNX]: '\u0000napi_register_module_v1\u0000',
};

test('has nothing to say of the bindings of this working copy', () => {
  assert.equal(faultOfBindings(), undefined);
});

test('has nothing to say of bindings that fit, those over Node-API with any Node.js', (t) => {
  assert.equal(faultOfBindings(packagesOf(t, WHOLE), '137'), undefined);
});

test('names the binding that was built for another Node.js, with both versions, in one sentence', (t) => {
  const fault = faultOfBindings(packagesOf(t, WHOLE), '127');
  assert.equal(fault?.code, 'setup-incomplete');
  assert.match(fault?.message ?? '', /^The binding to OpenCV was built for .*ABI 137, .*ABI 127\.$/);
});

for (const [name, file] of [
  ['OpenCV', OPENCV],
  ['SQLite', SQLITE],
  ['ONNX Runtime', ONNX],
] as const)
  test(`says that the binding to ${name} is missing`, (t) => {
    const folder = packagesOf(t, WHOLE);
    rmSync(path.join(folder, file));
    assert.match(
      faultOfBindings(folder, '137')?.message ?? '',
      new RegExp(`^The binding to ${name} is missing`),
    );
  });
