/** A private Mosquitto for one test, which can be killed and come back at the same address. */
import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type PrivateBroker, startPrivateBroker } from '../../../src/service/demo/private-broker.js';
import { until } from '../../until.js';

export interface TestBroker {
  readonly url: string;
  /** As a power cut would. */
  cut(): Promise<void>;
  restore(): Promise<void>;
  /** It keeps its connections and does nothing, until it thaws. */
  freeze(): void;
  thaw(): void;
}

/** @param access lines of an access list; absent: everybody may do everything. @param settings further lines of its configuration. */
export async function brokerFor(
  t: Pick<TestContext, 'after'>,
  access?: readonly string[],
  settings?: readonly string[],
  /** By login; absent: nobody needs one. */
  passwords?: Readonly<Record<string, string>>,
): Promise<TestBroker> {
  const folder = await mkdtemp(join(tmpdir(), 'twinstile-test-'));
  const start = (port?: number) =>
    startPrivateBroker({
      folder,
      port,
      access,
      settings,
      passwords: passwords === undefined ? undefined : Object.entries(passwords).map(hashedLogin),
    });
  let broker: PrivateBroker = await start();
  t.after(async () => {
    await broker.stop();
    await rm(folder, { recursive: true });
  });
  return {
    url: broker.url,
    async cut() {
      process.kill(broker.pid, 'SIGKILL');
      await until(() => !isRunning(broker.pid), 'Mosquitto ended');
    },
    async restore() {
      broker = await start(broker.port);
    },
    freeze: () => void process.kill(broker.pid, 'SIGSTOP'),
    thaw: () => void process.kill(broker.pid, 'SIGCONT'),
  };
}

/** A line of Mosquitto's password file: PBKDF2 with SHA-512, 101 rounds, as mosquitto_passwd writes it. */
function hashedLogin([login, password]: readonly [string, string]): string {
  const salt = randomBytes(12);
  const hash = pbkdf2Sync(password, salt, 101, 64, 'sha512');
  return `${login}:$7$101$${salt.toString('base64')}$${hash.toString('base64')}`;
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    // ESRCH is the answer no.
    return false;
  }
}
