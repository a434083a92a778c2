/** The house keeps its order: which room may import which, how long files and functions are, and what is not wanted at all. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

/** From the ground up: a file imports from its own room and from those above it in this list (docs/ARCHITECTURE.md). */
const ROOMS = [
  'base',
  'platform',
  'biometrics',
  'vision',
  'records',
  'access',
  'gate',
  'lane',
  'fleet',
  'adaptation',
  'service',
  'lab',
  'cli',
] as const;
const MAX_LINES = 300;
const MAX_FIELDS = 10;
/** Where a short name is the best at each of its places, and they are far from each other. */
const MAX_SHARED_NAMES = 5;
const MEDIAN_LINES = 110;

const root = fileURLToPath(new URL('..', import.meta.url));
const src = path.join(root, 'src');
const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
const textOf = new Map(files.map((file) => [file, readFileSync(path.join(src, file), 'utf8')]));

/** The workers, `main.ts` and its table of verbs stand above all rooms. */
const roomOf = (file: string): number =>
  file.includes(path.sep) ? ROOMS.indexOf(file.split(path.sep)[0] as (typeof ROOMS)[number]) : ROOMS.length;

function importsOf(file: string): readonly string[] {
  const text = textOf.get(file) ?? '';
  const found = text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)\.js'/g);
  return [...found].map(([, to = '']) => `${path.join(path.dirname(file), to)}.ts`);
}

test('every folder of src is one of the thirteen rooms', () => {
  assert.deepEqual(
    files.filter((file) => roomOf(file) === -1),
    [],
  );
});

test('a file imports only from its own room and from those below it', () => {
  const climbing = files.flatMap((file) =>
    importsOf(file)
      .filter((to) => roomOf(to) > roomOf(file))
      .map((to) => `${file} -> ${to}`),
  );
  assert.deepEqual(climbing, []);
});

test('nothing of the lab is loaded by the service', () => {
  const loaded = new Set<string>();
  const walk = (file: string): void => {
    if (loaded.has(file)) return;
    loaded.add(file);
    for (const to of importsOf(file)) walk(to);
  };
  walk(path.join('service', 'daemon', 'daemon.ts'));
  assert.deepEqual(
    [...loaded].filter((file) => file.startsWith('lab')),
    [],
  );
});

/** @returns each ring of nodes that import each other. */
function ringsAmong(edges: ReadonlyMap<string, ReadonlySet<string>>): readonly string[] {
  const rings: string[] = [];
  const done = new Set<string>();
  const walk = (node: string, above: readonly string[]): void => {
    const at = above.indexOf(node);
    if (at !== -1) rings.push([...above.slice(at), node].join(' -> '));
    if (at !== -1 || done.has(node)) return;
    for (const to of edges.get(node) ?? []) walk(to, [...above, node]);
    done.add(node);
  };
  for (const node of edges.keys()) walk(node, []);
  return rings;
}

function edgesBetween(nodeOf: (file: string) => string): Map<string, Set<string>> {
  const edges = new Map<string, Set<string>>();
  for (const file of files)
    for (const to of importsOf(file)) {
      const [a, b] = [nodeOf(file), nodeOf(to)];
      if (a !== b) edges.set(a, (edges.get(a) ?? new Set()).add(b));
    }
  return edges;
}

test('no file imports itself through others', () => {
  assert.deepEqual(ringsAmong(edgesBetween((file) => file)), []);
});

for (const depth of [1, 2, 3, 4])
  test(`no folders import each other in a ring, seen ${depth} deep`, () => {
    const folderOf = (file: string): string =>
      path.dirname(file).split(path.sep).slice(0, depth).join(path.sep);
    assert.deepEqual(ringsAmong(edgesBetween(folderOf)), []);
  });

test('every import leads to a file', () => {
  const lost = files.flatMap((file) =>
    importsOf(file)
      .filter((to) => !textOf.has(to))
      .map((to) => `${file} -> ${to}`),
  );
  assert.deepEqual(lost, []);
});

test('OpenCV, SQLite, PostgreSQL, ONNX Runtime, TensorFlow and MQTT.js are known to one folder each', () => {
  const homes: Readonly<Record<string, string>> = {
    sqlite3: 'records/sql/sqlite',
    'onnxruntime-node': 'vision/onnx',
    mqtt: 'platform/mqtt',
    pg: 'records/sql/postgres',
    systeminformation: 'platform',
    '@tensorflow/tfjs': 'lab/tfjs',
  };
  const strays = files.flatMap((file) =>
    [...(textOf.get(file) ?? '').matchAll(/(?:from|import)\s*\(?\s*'([^.'][^']*)'/g)]
      .map(([, name = '']) => name)
      .filter((name) => homes[name] !== undefined && homes[name] !== path.dirname(file))
      .map((name) => `${file} -> ${name}`),
  );
  assert.deepEqual(strays, []);
  const loaders = files.filter((file) => textOf.get(file)?.includes('opencv.node'));
  // The first looks at the file and never loads it.
  assert.deepEqual(loaders, ['platform/native-bindings.ts', 'vision/opencv/cv.ts']);
});

test('ONNX Runtime is loaded in one place, after its telemetry is switched off, in tests and benchmarks too', () => {
  const loaders = ['src', 'test', 'bench'].flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.[cm]?[jt]s$/.test(name))
      .map((name) => `${folder}/${name}`)
      .filter((file) =>
        /(from|import|import\(|require\()\s*['"]onnxruntime-/.test(
          readFileSync(path.join(root, file), 'utf8'),
        ),
      ),
  );
  assert.deepEqual(loaders, ['src/vision/onnx/onnx-runtime.ts']);
  const loader = readFileSync(path.join(src, 'vision/onnx/onnx-runtime.ts'), 'utf8');
  assert.ok(loader.indexOf("'./no-telemetry.js'") < loader.indexOf("'onnxruntime-node'"));
});

test(`no file has more than ${MAX_LINES} lines, and half of them have fewer than ${MEDIAN_LINES}`, () => {
  const lengths = files.map((file) => ({ file, lines: (textOf.get(file) ?? '').split('\n').length - 1 }));
  assert.deepEqual(
    lengths.filter(({ lines }) => lines > MAX_LINES),
    [],
  );
  const sorted = lengths.map(({ lines }) => lines).sort((a, b) => a - b);
  assert.ok((sorted[sorted.length >> 1] ?? 0) < MEDIAN_LINES, `median ${sorted[sorted.length >> 1]}`);
});

test(`no interface has more than ${MAX_FIELDS} fields of its own`, () => {
  const large = files.flatMap((file) =>
    [
      ...(textOf.get(file) ?? '').matchAll(
        /^(?:export )?(?:interface (\w+).*|type (\w+) = )\{\n([\s\S]*?)^\}/gm,
      ),
    ]
      .map(([, one, other, body = '']) => ({
        name: one ?? other,
        fields: body.match(/^ {2}[\w'"[(]/gm)?.length ?? 0,
      }))
      .filter(({ fields }) => fields > MAX_FIELDS)
      .map(({ name, fields }) => `${file}: ${name} has ${fields}`),
  );
  assert.deepEqual(large, []);
});

test('file names are unique, so that a name leads to one file', () => {
  const seen = new Map<string, string[]>();
  for (const file of files) seen.set(path.basename(file), [...(seen.get(path.basename(file)) ?? []), file]);
  assert.deepEqual(
    [...seen.values()].filter((places) => places.length > 1),
    [],
  );
});

test(`at most ${MAX_SHARED_NAMES} exported names have several meanings`, () => {
  const seen = new Map<string, string[]>();
  for (const [file, text] of textOf)
    for (const [, name = ''] of text.matchAll(
      /^export (?:declare )?(?:async )?(?:abstract )?(?:const|function\*?|class|interface|type) (\w+)/gm,
    ))
      if (seen.get(name)?.at(-1) !== file) seen.set(name, [...(seen.get(name) ?? []), file]);
  const shared = [...seen].filter(([, places]) => places.length > 1);
  assert.ok(shared.length <= MAX_SHARED_NAMES, JSON.stringify(shared, undefined, 2));
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

test('an optional field is written as a field, not as a conditional spread', () => {
  assert.deepEqual(
    files.filter((file) => /\? \{\} : \{|: \{\}\),?$/m.test(textOf.get(file) ?? '')),
    [],
  );
});

/** Words of a story in the place of the field's own. Their share may only fall; eyes are anatomy where a detector finds them. */
const LITERARY =
  /\b(whoever|nobody|somebody|everybody|anybody|stands?|told|tells?|lies|anew|afresh|beside|believes?d?|speaks?|hears?|heard|says?|said|merely|meant|strangers?|wish(?:es)?|seat|desk|sings?|song|canary|doorkeeper|ruling|untrue|vault|shelf|healing|goodness)\b/gi;
const LITERARY_PER_1000 = 0.5;

test(`comments use the field's words: at most ${LITERARY_PER_1000} literary ones in 1,000`, () => {
  let [words, literary] = [0, 0];
  for (const text of textOf.values()) {
    const comments = [...text.matchAll(/\/\*[\s\S]*?\*\/|(?:^|\s)\/\/ .*$/gm)]
      .map(([comment]) => comment)
      .join(' ');
    words += comments.match(/[A-Za-z']+/g)?.length ?? 0;
    literary += comments.match(LITERARY)?.length ?? 0;
  }
  assert.ok((literary / words) * 1000 <= LITERARY_PER_1000, `${literary} of ${words}`);
});

test('tests lie where the file they speak of lies', () => {
  const tests = readdirSync(path.join(root, 'test'), { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.test.ts') && file !== 'architecture.test.ts',
  );
  const apart = /^(contracts|end-to-end|fakes|chaos)\//;
  const folders = new Set(files.map((file) => path.dirname(file)));
  assert.deepEqual(
    tests.filter((file) => !apart.test(file) && !folders.has(path.dirname(file))),
    [],
  );
});

/** Unit tests that sleep for a fixed time, and why no event can be awaited instead. */
const SLEEPERS: Readonly<Record<string, string>> = {
  'fleet/repository/nginx.test.ts': 'polls a server of its own',
  'fleet/sync/tuf-attacks.test.ts': 'polls a process of its own',
  'gate/actuate.test.ts': 'nothing may happen for longer than the interval of challenges',
  'lane/health/mode.test.ts': 'nothing may open, for longer than opening takes',
  'lane/state-publisher.test.ts': 'the pace of the flood that is measured',
  'platform/health.test.ts': 'the event loop itself is measured',
  'records/enrollment/enroll.test.ts': 'stands for the work of an encoder',
  'service/daemon/follow-fleet.test.ts': 'the pace of the messages',
  'service/models/sync-box.test.ts': 'polls another process through its files',
  'service/setup/revocation.test.ts': 'measures how long something takes',
  'vision/opencv/open-camera.test.ts': 'a real stream goes on while nobody reads',
};

test('no unit test sleeps for a fixed time, but those that have a reason', () => {
  const tests = path.join(root, 'test');
  const sleeping = readdirSync(tests, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts') && !/^(end-to-end|chaos|contracts)\//.test(file))
    .filter((file) =>
      /\b(?:sleep|pause|delay)\((?:millis\()?[1-9]|\bsetTimeout\((?:resolve|done), [1-9]/.test(
        readFileSync(path.join(tests, file), 'utf8'),
      ),
    );
  assert.deepEqual(sleeping.sort(), Object.keys(SLEEPERS).sort());
});

/** Mathematics of learning and of pictures, and counters: no door depends on them by itself. */
const NO_DOOR =
  /^(?:(?:biometrics|adaptation|lab|vision\/detection|lane\/health|chaos)\/|vision\/geometry\.)/;

test('every property that guards a door has a short form, a long form and a seed that is printed', () => {
  const tests = path.join(root, 'test');
  const others = readdirSync(tests, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && file !== path.join('support', 'properties.ts'))
    .filter((file) => !NO_DOOR.test(file))
    .filter((file) => /\bfc\.(?:assert|check)\(/.test(readFileSync(path.join(tests, file), 'utf8')));
  assert.deepEqual(others, [], 'holds() of test/support/properties.ts runs them');
});

/** Files that open files themselves, and why: whatever a person, a list or a stick names goes through platform/plain-file. */
const OPENERS: Readonly<Record<string, string>> = {
  'biometrics/builtin/weights.ts': 'reads an installed package',
  'biometrics/packs/install-pack.ts': 'makes new files only',
  'biometrics/packs/onnx-guard.ts': 'asks for a plain file, without links',
  'biometrics/packs/pack-catalog.ts': 'reads files of this release',
  'cli/box/keys-verb.ts': 'makes new files only',
  'cli/gate/command-picture.ts': 'makes new files only',
  'cli/people/csv-template.ts': 'makes new files only',
  'cli/people/people-erase.ts': 'makes new files only',
  'fleet/repository/keyring.ts': 'makes new files only',
  'lab/evaluate/files/embedding-cache.ts': 'a cache of its own, asked for a plain file before',
  'lab/train/export-head.ts': 'a new file beside the one named',
  'platform/atomic-file.ts': 'makes new files only, and opens folders',
  'platform/build-info.ts': 'reads files of this release',
  'platform/device-key.ts': 'makes new files only',
  'platform/health.ts': '/proc',
  'platform/local-socket/local-server.ts': '/etc/group',
  'platform/native-bindings.ts': 'files of the program itself',
  'platform/plain-file.ts': 'is that place',
  'platform/processor-wait.ts': '/proc',
  'platform/system-clock.ts': '/proc',
  'records/journal/administrator.ts': '/proc',
  'records/sql/sqlite/sqlite-backup.ts': 'makes new files only, of a file that was checked',
  'service/demo/prepare-film.ts': 'a folder of its own',
  'service/demo/private-broker.ts': 'a folder of its own',
  'service/demo/run-demo.ts': 'a folder of its own',
  'service/doctor/machine-findings.ts': 'makes new files only',
  'service/erasure/erasure-receipts.ts': 'makes new files only',
  'service/setup/rotate-gallery-key.ts': 'opens a folder',
  'vision/onnx/onnx-network.ts': 'a network that was checked',
  'vision/process/vision-child.ts': '/proc',
};

test('only plain files are opened, without blocking, by one place and those that have a reason', () => {
  const opens =
    /import (?:type )?\{[^}]*\b(?:open|openSync|readFile|readFileSync|createReadStream|createWriteStream|writeFile|writeFileSync|appendFile|appendFileSync|copyFile)\b[^}]*\} from 'node:fs(?:\/promises)?'/;
  assert.deepEqual(
    files
      .filter(
        (file) => opens.test(textOf.get(file) ?? '') || /from 'node:fs'.*\* as/.test(textOf.get(file) ?? ''),
      )
      .sort(),
    Object.keys(OPENERS).sort(),
  );
});
