/** The house keeps its floors: who may import whom, how long a file is, and what is not wanted at all. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

/** From the ground up. A file imports from its own floor and from those below; floors in one row do not see each other. */
const FLOORS: readonly (readonly string[])[] = [
  ['base'],
  ['frame'],
  ['detection'],
  ['tracking'],
  ['alignment'],
  ['liveness'],
  ['siamese'],
  ['gallery'],
  ['decision'],
  ['gate'],
  ['sync'],
  ['ports'],
  ['tables'],
  ['adapters', 'pipeline', 'config'],
  ['app'],
  ['commands'],
];
const ROOF = FLOORS.length;
const LONGEST = 300;
const MEDIAN = 100;

const src = fileURLToPath(new URL('../src', import.meta.url));
const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
const textOf = new Map(files.map((file) => [file, readFileSync(path.join(src, file), 'utf8')]));

const floorOf = (file: string): number => {
  const folder = file.split(path.sep)[0] ?? '';
  return file.includes(path.sep) ? FLOORS.findIndex((row) => row.includes(folder)) : ROOF;
};
/** adapters/NAME, or the folder of the floor. */
const roomOf = (file: string): string => {
  const parts = file.split(path.sep);
  return parts[0] === 'adapters' ? parts.slice(0, 2).join('/') : (parts[0] ?? '');
};

function importsOf(file: string): readonly string[] {
  const text = textOf.get(file) ?? '';
  const found = text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)\.js'/g);
  return [...found].map(([, to = '']) => `${path.join(path.dirname(file), to)}.ts`);
}

test('every folder of src is a floor of the house', () => {
  assert.deepEqual(
    files.filter((file) => floorOf(file) === -1),
    [],
  );
});

test('a file imports only from its own floor and from those below it', () => {
  const climbing = files.flatMap((file) =>
    importsOf(file)
      .filter((to) => floorOf(to) > floorOf(file))
      .map((to) => `${file} -> ${to}`),
  );
  assert.deepEqual(climbing, []);
});

test('rooms of one floor do not know each other', () => {
  const neighbours = files.flatMap((file) =>
    importsOf(file)
      .filter((to) => floorOf(to) === floorOf(file) && floorOf(file) !== ROOF && roomOf(to) !== roomOf(file))
      .map((to) => `${file} -> ${to}`),
  );
  assert.deepEqual(neighbours, []);
});

test('no file imports itself through others', () => {
  const done = new Set<string>();
  const circles: string[] = [];
  const walk = (file: string, above: readonly string[]): void => {
    if (above.includes(file)) circles.push([...above.slice(above.indexOf(file)), file].join(' -> '));
    if (done.has(file) || above.includes(file)) return;
    for (const to of importsOf(file)) walk(to, [...above, file]);
    done.add(file);
  };
  for (const file of files) walk(file, []);
  assert.deepEqual(circles, []);
});

test('every import leads to a file', () => {
  const lost = files.flatMap((file) =>
    importsOf(file)
      .filter((to) => !textOf.has(to))
      .map((to) => `${file} -> ${to}`),
  );
  assert.deepEqual(lost, []);
});

test('OpenCV, SQLite, PostgreSQL, ONNX Runtime and MQTT.js are known to one room each', () => {
  const rooms: Readonly<Record<string, string>> = {
    opencv4nodejs: 'adapters/opencv',
    sqlite3: 'adapters/sqlite',
    'onnxruntime-node': 'adapters/onnx',
    mqtt: 'adapters/mqtt',
    pg: 'adapters/postgres',
    systeminformation: 'adapters/system',
  };
  const strays = files.flatMap((file) =>
    [...(textOf.get(file) ?? '').matchAll(/(?:from|import)\s*\(?\s*'([^.'][^']*)'/g)]
      .map(([, name = '']) => name)
      .filter((name) => rooms[name] !== undefined && rooms[name] !== roomOf(file))
      .map((name) => `${file} -> ${name}`),
  );
  assert.deepEqual(strays, []);
});

test('ONNX Runtime is loaded in one place, after its telemetry is switched off, in tests and benchmarks too', () => {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const loaders = ['src', 'test', 'bench'].flatMap((folder) =>
    readdirSync(`${root}/${folder}`, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.[cm]?[jt]s$/.test(name))
      .map((name) => `${folder}/${name}`)
      .filter((file) =>
        /(from|import|import\(|require\()\s*['"]onnxruntime-/.test(readFileSync(`${root}/${file}`, 'utf8')),
      ),
  );
  assert.deepEqual(loaders, ['src/adapters/onnx/runtime.ts']);
  const loader = readFileSync(`${root}/src/adapters/onnx/runtime.ts`, 'utf8');
  assert.ok(loader.indexOf("'./no-telemetry.js'") < loader.indexOf("'onnxruntime-node'"));
});

test(`no file has more than ${LONGEST} lines, and half of them have fewer than ${MEDIAN}`, () => {
  const lengths = files.map((file) => ({ file, lines: (textOf.get(file) ?? '').split('\n').length - 1 }));
  assert.deepEqual(
    lengths.filter(({ lines }) => lines > LONGEST),
    [],
  );
  const sorted = lengths.map(({ lines }) => lines).sort((a, b) => a - b);
  assert.ok((sorted[Math.floor(sorted.length / 2)] ?? 0) < MEDIAN, `median ${sorted[sorted.length >> 1]}`);
});

test('there are no barrels, no enums, no drawers for odds and ends, and nothing global that changes', () => {
  const unwanted = files.filter((file) => {
    const text = textOf.get(file) ?? '';
    return (
      /(^|\/)(index|utils?|helpers?|misc|common)\.ts$/.test(file) ||
      /^(export )?(const )?enum /m.test(text) ||
      /^(export )?(let|var) /m.test(text)
    );
  });
  assert.deepEqual(unwanted, []);
});

test('tests lie where the file they speak of lies', () => {
  const tests = readdirSync(fileURLToPath(new URL('.', import.meta.url)), {
    recursive: true,
    encoding: 'utf8',
  }).filter((file) => file.endsWith('.test.ts') && file !== 'architecture.test.ts');
  const apart = /^(contracts|end-to-end|fakes|chaos)\//;
  const folders = new Set(files.map((file) => path.dirname(file)));
  assert.deepEqual(
    tests.filter((file) => !apart.test(file) && !folders.has(path.dirname(file))),
    [],
  );
});

/** Mathematics of learning and of pictures, and counters: no door depends on them by itself. */
const NO_DOOR = /^(siamese|alignment|detection|adapters\/tfjs|pipeline\/lane\/health|chaos)\//;

test('every property that guards a door has a short form, a long form and a seed that is printed', () => {
  const tests = fileURLToPath(new URL('.', import.meta.url));
  const others = readdirSync(tests, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && file !== path.join('support', 'properties.ts'))
    .filter((file) => !NO_DOOR.test(file))
    .filter((file) => /\bfc\.(?:assert|check)\(/.test(readFileSync(path.join(tests, file), 'utf8')));
  assert.deepEqual(others, [], 'holds() of test/support/properties.ts runs them');
});
