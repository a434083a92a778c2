/** Every key that was renamed is answered with its new name, from a whole configuration as 0.1.0 had it. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { RENAMED } from '../../../src/service/config/config-problems.js';
import { explainKeys } from '../../../src/service/config/explain-config.js';
import { parseConfig } from '../../../src/service/config/parse-config.js';

const OLD = `
site: s
data: /var/lib/twinstile
privacy: { names_on_wire: true, keep_crops: true }
gallery:
  key_file: gallery.key
  fleet: { source: https://h/g, root_file: root.json, key_file: age, models: { take: true, watch_s: 900 } }
mqtt: { url: "mqtt://localhost" }
grants: { key_id: k, algorithm: ed25519, key_file: grant.key }
adaptation: { mode: use, how: steady, judge: people }
access:
  time_zone: Europe/Berlin
  claim_hold_ms: 5000
  lanes: [{ id: north, counts: passed }]
commands:
  operators: [{ id: desk, key_file: desk.pub, may: [open] }]
  trust_broker: true
  broker_users: [{ id: panel, may: [open] }]
lanes:
  - id: north
    gate: g
    gate_key_file: gate.pub
    direction: in
    camera: { kind: usb, device: /dev/video0 }
    zone: { x: 0.2, width: 0.6 }
    identification: { max_fpir: 1 in 1000, min_lead: 10 }
    verification: { max_fmr: 1 in 1000, pass_photo: allowed }
    pass: { camera: { kind: usb, device: /dev/video2 }, zone: { x: 0.1, width: 0.5 }, reader_checks_pass: true }
  - id: south
    gate: h
    gate_key_file: gate.pub
    direction: in
    camera: { kind: usb, device: /dev/video3 }
    document_camera: { camera: { kind: usb, device: /dev/video4 }, zone: { x: 0.1, width: 0.5 }, reader_checks_pass: true }
`;

function problemsIn(text: string): string {
  try {
    parseConfig(text);
  } catch (error) {
    return (error as Error).message;
  }
  return assert.fail('Expected problems, got none.');
}

const answer = problemsIn(OLD);
/** "lanes[0].zone" and "lanes[1].zone" are one key. */
const answered = new Map(
  [...answer.matchAll(/^ {2}(\S+): .*which was renamed to (\w+)\. Write \2\.$/gm)].map(([, path, name]) => [
    path?.replaceAll(/\[\d+\]/g, '[]') ?? '',
    name ?? '',
  ]),
);

for (const [path, name] of RENAMED)
  test(`${path} is answered with ${name}`, () => assert.equal(answered.get(path), name, answer));

test('every new name is a key that the schema has', () => {
  const known = new Set(explainKeys().map(({ path }) => path));
  for (const [path, name] of RENAMED) {
    const group = path
      .slice(0, path.lastIndexOf('.') + 1)
      .replace('lanes[].pass.', 'lanes[].document_camera.');
    assert.ok(known.has(`${group}${name}`), `${group}${name}`);
  }
});

test('CHANGELOG.md names every key that was renamed, with its old name and its new one', () => {
  const changes = readFileSync(new URL('../../../CHANGELOG.md', import.meta.url), 'utf8');
  const rows = changes.split('\n').filter((line) => /^ +\| (keys )?\| /.test(line));
  for (const [path, name] of RENAMED) {
    const old = path.slice(path.lastIndexOf('.') + 1);
    assert.ok(
      rows.some((row) => new RegExp(`\\b${old}\\b.*\\|.*\\b${name}\\b`).test(row)),
      `${old} -> ${name}`,
    );
  }
});
