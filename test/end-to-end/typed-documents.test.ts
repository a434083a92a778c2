/** README and the pages of the five roles, typed word for word in a fresh folder with a real broker, gate, box and film. */
import assert from 'node:assert/strict';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { filmForTests } from '../fixtures/film-for-tests.js';
import { brokerFor } from '../service/demo/broker-for.js';
import { type DocumentBlock, shellBlocks, typeBlocks } from '../support/document-runner.js';

const project = fileURLToPath(new URL('../../', import.meta.url));
const main = path.join(project, 'dist/main.js');
const README = path.join(project, 'README.md');
const roles = path.join(project, 'docs/roles');
const blocksOf = (name: string): readonly DocumentBlock[] => shellBlocks(path.join(roles, name));
/** On a busy machine; a document takes well below a minute on an idle one. */
const LIMIT = { timeout: 280_000 };

/** A fresh home with photographs of `ada` and `bob`, who are in the film, `twinstile` on the path, and a broker. */
async function freshFolder(t: TestContext) {
  const folder = mkdtempSync(path.join(tmpdir(), 'twinstile-typed-'));
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  const film = await filmForTests();
  const gallery = path.join(path.dirname(film), 'gallery');
  const home = path.join(folder, 'home');
  const [first = '', second = ''] = readdirSync(gallery).toSorted();
  for (const [from, to] of [
    [first, 'ada'],
    [second, 'bob'],
  ] as const)
    cpSync(path.join(gallery, from), path.join(home, 'photos', to), { recursive: true });
  const bin = path.join(folder, 'bin');
  mkdirSync(bin);
  const broker = await brokerFor(t);
  const port = new URL(broker.url).port;
  writeFileSync(path.join(bin, 'twinstile'), commandFor(port), { mode: 0o755 });
  const stop = new AbortController();
  t.after(() => stop.abort());
  mkdirSync(path.join(folder, 'here'));
  const type = (blocks: readonly DocumentBlock[]) =>
    typeBlocks(blocks, {
      folder: path.join(folder, 'here'),
      env: {
        ...process.env,
        HOME: home,
        XDG_CONFIG_HOME: '',
        PATH: `${bin}:/usr/sbin:${process.env.PATH}`,
        NO_COLOR: '1',
      },
      // The broker of the text is there already, on another port.
      instead: new Map([
        ['mosquitto -p 1883 &', ': a broker is there'],
        ['1883', port],
        ['/dev/video0', film],
      ]),
      signal: stop.signal,
    });
  return { type, here: path.join(folder, 'here'), film };
}

/** The program on the path; the example that it prints names the port of the test's broker. */
const commandFor = (port: string): string => `#!/bin/bash
run() { exec '${process.execPath}' '${main}' "$@"; }
if [ "$1 $2" = 'config example' ]; then set -o pipefail; (run "$@") | sed 's/:1883/:${port}/'; else run "$@"; fi
`;

/** Lines of README that make a box: each page begins with what an administrator did. */
const boxOfReadme = (until: RegExp): readonly DocumentBlock[] =>
  shellBlocks(README)
    .filter(({ text }) => text.includes('config example --by-hand'))
    .map(({ text, line }) => ({ line, text: text.slice(0, until.exec(text)?.index) }));

/** A user looks again; on a busy machine the box takes its time. Ends when what is looked for is seen. */
const until = (seen: string): DocumentBlock => ({
  line: 0,
  text: `twinstile watch -c twinstile.yaml --for 240 > seen &
for _ in $(seq 1000); do if grep -q '${seen}' seen; then break; fi; sleep 0.2; done
grep '${seen}' seen
`,
});

function needsBuild(t: TestContext): boolean {
  if (existsSync(main)) return false;
  t.skip('needs a build');
  return true;
}

test('README: a box of one’s own, by hand, lets people in', LIMIT, async (t) => {
  if (needsBuild(t)) return;
  const { type } = await freshFolder(t);
  const { code, text } = await type([...shellBlocks(README), until('the gate opened for')]);
  assert.equal(code, 0, text);
  assert.match(text, /2 accepted/);
  assert.match(text, /north: the gate opened for (ada|bob)/, text);
});

test('the guard’s page, against a box that has the guard’s key', LIMIT, async (t) => {
  if (needsBuild(t)) return;
  const { type } = await freshFolder(t);
  const [profile, ...tasks] = blocksOf('GUARD.md');
  assert.ok(profile);
  const box = boxOfReadme(/^twinstile watch/m);
  // What the page asks of the administrator, before the box starts.
  const operators = `printf 'commands: { operators: [{ id: front-desk, key_file: %s }] }\\n' ~/.config/twinstile/operator.pub >> twinstile.yaml\n`;
  const withKey = box.map((block) => ({
    ...block,
    // Nobody passes, so that the gate is never busy with somebody else when the guard opens it.
    text: block.text.replace(/^twinstile enroll.*\n/m, operators),
  }));
  const { code, text } = await type([profile, ...withKey, until('gate ready'), ...tasks]);
  assert.equal(code, 0, text);
  assert.match(text, /north: the gate opened\./);
  assert.match(text, /north is in mode lockdown[\s\S]*north is in mode normal/);
  assert.match(text, /anti-passback of ada is cleared/);
});

test('the registrar’s page', LIMIT, async (t) => {
  if (needsBuild(t)) return;
  const { type, here } = await freshFolder(t);
  const { code, text } = await type([...boxOfReadme(/^twinstile enroll/m), ...blocksOf('REGISTRAR.md')]);
  assert.equal(code, 0, text);
  assert.equal(JSON.parse(readFileSync(path.join(here, 'ada.json'), 'utf8')).id, 'ada');
});

test('the integrator’s page', LIMIT, async (t) => {
  if (needsBuild(t)) return;
  const { type, here } = await freshFolder(t);
  const { code, text } = await type([...boxOfReadme(/^mosquitto/m), ...blocksOf('INTEGRATOR.md')]);
  assert.equal(code, 0, text);
  assert.match(text, /"kind":"decision"/);
  assert.match(readFileSync(path.join(here, 'gate.log'), 'utf8'), /"kind":"answered"/);
});

test('the security officer’s page', LIMIT, async (t) => {
  if (needsBuild(t)) return;
  const { type, here } = await freshFolder(t);
  const { code, text } = await type([...boxOfReadme(/^mosquitto/m), ...blocksOf('SECURITY-OFFICER.md')]);
  assert.equal(code, 0, text);
  assert.match(readFileSync(path.join(here, 'night.csv'), 'utf8'), /\n/);
});

test('the fleet operator’s page', LIMIT, async (t) => {
  if (needsBuild(t)) return;
  const { type } = await freshFolder(t);
  const { code, text } = await type(blocksOf('FLEET-OPERATOR.md'));
  assert.equal(code, 0, text);
  assert.match(text, /offline/);
});
