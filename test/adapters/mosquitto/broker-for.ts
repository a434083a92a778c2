/** A private Mosquitto for one test, which can be killed and come back at the same address. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type PrivateBroker, startPrivateBroker } from '../../../src/adapters/mosquitto/private-broker.js';
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
): Promise<TestBroker> {
  const folder = await mkdtemp(join(tmpdir(), 'twinstile-test-'));
  const start = (port?: number) =>
    startPrivateBroker({
      folder,
      ...(port === undefined ? {} : { port }),
      ...(access === undefined ? {} : { access }),
      ...(settings === undefined ? {} : { settings }),
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

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    // ESRCH is the answer no.
    return false;
  }
}
