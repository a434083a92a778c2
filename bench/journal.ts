/**
 * What does it cost to list, export and verify a journal of a million rows?
 *
 *   node --import tsx bench/journal.ts [ROWS=1000000]
 *
 * Makes a box with a chain of so many decisions, and runs the program itself: time, and the most memory it held (VmHWM).
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { canonicalJson, FIRST_LINK, hashOf, splitPersonal } from '../src/records/journal/chain.js';
import { openDatabase } from '../src/records/sql/sqlite/sqlite-database.js';

const ROWS = Number(process.env.ROWS ?? 1_000_000);
const AT_ONCE = 5000;
const BEGIN = 1_760_000_000_000;
const EVERY_MS = 900;
const CONFIG = `
site: bench
data_dir: ./data
gallery: { key_file: ./gallery.key }
mqtt: { url: "mqtt://127.0.0.1:1" }
grants: { key_id: k1, algorithm: ed25519, key_file: ./grant.key }
lanes: [{ id: a, gate: g1, gate_key_file: gate.pub, direction: in, camera: { kind: usb, device: /dev/video0 }, verification: { max_fmr: "1 in 10,000" } }]
`;
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const folder = await mkdtemp(path.join(tmpdir(), 'twinstile-bench-journal-'));
try {
  const config = path.join(folder, 'twinstile.yaml');
  await writeFile(config, CONFIG);
  await writeFile(path.join(folder, 'gallery.key'), Buffer.alloc(32, 3), { mode: 0o600 });
  await fill(path.join(folder, 'data/twinstile.db'));
  for (const args of [
    ['list', '--limit', '20'],
    ['list', '--limit', `${ROWS}`],
    ['list', '--json', '--limit', `${ROWS}`],
    ['list', '--csv', '--limit', `${ROWS}`],
    ['list', '--since', at(ROWS / 2), '--until', at(ROWS / 2 + 500)],
    ['list', '--since', at(ROWS - 500), '--person', 'p-7'],
    ['list', '--reason', 'outside-hours'],
    ['export'],
    ['verify'],
  ]) {
    const { seconds, peak, bytes, code } = await run(['journal', ...args, '-c', config]);
    say(
      `journal ${args.join(' ').padEnd(30)} ${ROWS} rows: ${seconds.toFixed(1)} s, ${Math.round(peak)} MB at most, ${Math.round(bytes / 1e6)} MB written, exit ${code}`,
    );
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** When a row was written. */
function at(seq: number): string {
  return new Date(BEGIN + Math.round(seq) * EVERY_MS).toISOString();
}

/** Decisions as a lane writes them, each with a person; put in by the thousand, which the journal itself never does. */
async function fill(file: string): Promise<void> {
  const database = await openDatabase(file);
  let last = FIRST_LINK;
  for (let seq = 1; seq <= ROWS; ) {
    const rows: object[] = [];
    for (; rows.length < AT_ONCE && seq <= ROWS; seq += 1) {
      const body = {
        verdict: 'granted',
        reason: 'face-identified',
        person: `p-${seq % 500}`,
        fmr: 2e-6,
        odds: '1 in 500,000',
        frames: 3,
        lane: 'a',
        mode: 'identification',
      };
      const { rest, personal } = splitPersonal(body);
      const link = {
        seq,
        kind: 'decision',
        subject: `d-${seq}`,
        at: BEGIN + seq * EVERY_MS,
        body: canonicalJson(rest),
        seal: personal?.seal ?? null,
      };
      last = hashOf(last, link);
      rows.push({ ...link, ...personal, hash: last });
    }
    await database.write((sql) =>
      sql.run(
        `INSERT INTO journal (seq, kind, subject, at_ms, body, hash, personal, salt, seal)
           SELECT value ->> 'seq', value ->> 'kind', value ->> 'subject', value ->> 'at', value ->> 'body', value ->> 'hash',
                  value ->> 'personal', value ->> 'salt', value ->> 'seal' FROM json_each(?)`,
        JSON.stringify(rows),
      ),
    );
  }
  await database.close();
}

async function run(args: readonly string[]) {
  const began = performance.now();
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/main.ts', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let [peak, bytes] = [0, 0];
  child.stdout.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
  });
  const timer = setInterval(() => {
    try {
      const kilobytes = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1];
      peak = Math.max(peak, Number(kilobytes ?? 0) / 1024);
    } catch {
      // It ended between two looks.
    }
  }, 50);
  const code = await new Promise((resolve) => child.once('close', resolve));
  clearInterval(timer);
  return { seconds: (performance.now() - began) / 1000, peak, bytes, code };
}
