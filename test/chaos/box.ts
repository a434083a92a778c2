/** A box as a process of its own, with a gate and a broker: everything that may be killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { gateId, laneId, siteId } from '../../src/base/ids.js';
import { runActuator } from '../../src/gate/actuate.js';
import { verifyingKey } from '../../src/gate/protocol/signature.js';
import { laneTopics } from '../../src/gate/protocol/topics.js';
import { connectBus } from '../../src/platform/mqtt/reconnecting-bus.js';
import { systemClock } from '../../src/platform/system-clock.js';
import { sharedKey } from '../gate/protocol/gate-keys.js';
import { until } from '../until.js';
import { bundled } from './bundle.js';
import type { CoreOptions } from './programs/core.js';
import type { Scope } from './scope.js';

export interface Said {
  readonly kind: string;
  readonly at: number;
  readonly [field: string]: unknown;
}

export async function openBox(
  scope: Scope,
  { url, database, lane }: { readonly url: string; readonly database: string; readonly lane: string },
  /** Put before `node`, and into its environment. */
  {
    before = [],
    env = {},
  }: { readonly before?: readonly string[]; readonly env?: Readonly<Record<string, string>> } = {},
) {
  const [core, vision] = [await bundled(scope, 'core'), await bundled(scope, 'vision')];
  const secret = randomBytes(32);
  const options: CoreOptions = { database, url, lane, key: secret.toString('hex'), vision };
  const said: Said[] = [];
  const releases: { readonly grant: string; readonly at: number }[] = [];
  const topics = laneTopics(siteId('chaos'), laneId(lane));
  const bus = connectBus({ url, clientId: `gate-${lane}`, availability: topics.gate.availability });
  const stop = new AbortController();
  const gate = runActuator(
    {
      bus,
      topics: topics.gate,
      place: { site: siteId('chaos'), lane: laneId(lane), gate: gateId(lane) },
      signer: sharedKey('k-1', secret).signer,
      direction: 'in',
      keys: [verifyingKey('k-1', 'hmac-sha256', secret)],
      clock: systemClock,
      drive: {
        open: async (_pulse, { grant }) => void releases.push({ grant, at: performance.now() }),
        close: async () => {},
      },
    },
    stop.signal,
  );
  let child: ChildProcess | undefined;
  let words = '';

  const start = () => {
    const [program = process.execPath, ...args] = [
      ...before,
      process.execPath,
      core,
      JSON.stringify(options),
    ];
    const born = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    let rest = '';
    born.stdout.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) said.push({ at: performance.now(), ...JSON.parse(line) });
    });
    born.stderr.setEncoding('utf8').on('data', (text: string) => {
      words = (words + text).slice(-2000);
    });
    child = born;
  };
  const pidOf = (kind: 'started' | 'vision') => said.findLast((one) => one.kind === kind)?.pid;
  const kill = async (signal: NodeJS.Signals = 'SIGKILL') => {
    const dying = child;
    if (dying === undefined) return;
    const pid = pidOf('started');
    // Under strace the child is strace; core is what it started.
    if (typeof pid === 'number') signalTo(pid, signal);
    if (pid === undefined || before.length === 0) dying.kill(signal);
    await until(() => dying.exitCode !== null || dying.signalCode !== null, 'core ended');
  };
  start();
  scope.after(async () => {
    await kill();
    stop.abort();
    await gate;
    await bus.close();
  });
  return {
    said,
    releases,
    start,
    kill,
    pidOf,
    topics,
    get alive() {
      return child?.exitCode === null && child.signalCode === null;
    },
    get words() {
      return words;
    },
    /** What core said since `mark`, of one kind. */
    since: (mark: number, kind: string) => said.slice(mark).filter((one) => one.kind === kind),
    granted: (mark = 0) =>
      said.slice(mark).filter((one) => one.kind === 'decision' && one.outcome === 'opened').length,
  };
}

export function signalTo(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It is gone already.
  }
}
