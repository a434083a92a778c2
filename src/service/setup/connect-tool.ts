/** Connects a short-lived command to the broker within seconds, or reports why it could not; publishes its message. */
import { pause } from '../../base/delay.js';
import { TwinstileError } from '../../base/errors.js';
import { showAddress } from '../../base/shown-address.js';
import { millis } from '../../base/units.js';
import type { Bus } from '../../platform/mqtt/message-bus.js';
import { clientIdOf } from '../../platform/mqtt/mqtt-connection.js';
import { connectBus } from '../../platform/mqtt/reconnecting-bus.js';
import type { Config } from '../config/config-schema.js';
import { brokerAddress } from './broker-address.js';

export interface ToolLogin {
  /** mqtt://HOST:PORT or mqtts://HOST:PORT. */
  readonly broker: string;
  readonly username?: string;
  readonly passwordFile?: string;
  /** Path of a certificate file (PEM). */
  readonly ca?: string;
}

const CONNECT_LIMIT_MS = 5000;
const CHECK_INTERVAL = millis(20);

/**
 * @param tool names the client at the broker.
 * @param onProblem receives later refusals of the broker.
 * @throws TwinstileError 'broker-unreachable' | 'key-unusable' | 'bad-arguments'.
 */
export async function connectTool(
  tool: string,
  { broker, username, passwordFile, ca }: ToolLogin,
  onProblem: (detail: string) => void = () => {},
): Promise<Bus> {
  if (!/^mqtts?:\/\/[^/@\s]+$/.test(broker))
    throw new TwinstileError({
      code: 'bad-arguments',
      message: `Expected mqtt://HOST:PORT or mqtts://HOST:PORT without a login in it, got '${showAddress(broker, { mark: true })}'.`,
      hint: 'Write it as mqtts://broker.example:8883. A login goes into --username and --password-file.',
    });
  const mqtt = { url: broker, username, password_file: passwordFile, ca_file: ca };
  return connected(tool, await brokerAddress({ mqtt }, undefined), onProblem);
}

/**
 * Connects with the broker and login of this box.
 * @throws as `connectTool`.
 */
export const connectBox = async (
  tool: string,
  config: Pick<Config, 'mqtt'>,
  { CREDENTIALS_DIRECTORY: credentials }: NodeJS.ProcessEnv,
): Promise<Bus> => connected(tool, await brokerAddress(config, credentials), () => {});

async function connected(
  tool: string,
  address: Awaited<ReturnType<typeof brokerAddress>>,
  onProblem: (detail: string) => void,
): Promise<Bus> {
  let problem = 'silence';
  const bus = connectBus({
    ...address,
    clientId: clientIdOf(tool),
    onProblem: (detail) => {
      problem = detail;
      onProblem(detail);
    },
  });
  for (let waited = 0; waited < CONNECT_LIMIT_MS; waited += CHECK_INTERVAL) {
    if (bus.connected) return bus;
    await pause(CHECK_INTERVAL);
  }
  await bus.close();
  throw new TwinstileError({
    code: 'broker-unreachable',
    message: `Expected the broker at ${showAddress(address.url, { mark: true })} to let us in, got: ${problem}.`,
    hint: 'Check that it runs, the address, the login and the certificate.',
  });
}

/**
 * Publishes one message to all subscribers of a site, from a command. It is sent once and not queued.
 * @returns whether the broker acknowledged it.
 */
export async function publishSite(
  config: Config,
  env: NodeJS.ProcessEnv,
  topic: string,
  payload: Uint8Array | string,
): Promise<boolean> {
  const bus = connectBus({
    ...(await brokerAddress(config, env.CREDENTIALS_DIRECTORY)),
    clientId: clientIdOf(config.site, 'office'),
  });
  try {
    const until = performance.now() + CONNECT_LIMIT_MS;
    while (!bus.connected && performance.now() < until) await pause(millis(20));
    return (await bus.publish(topic, payload, { qos: 1 })) === 'sent';
  } finally {
    await bus.close();
  }
}
