/** Checks core's socket: that it is one, who may connect, and that the service answers. */
import { lstatSync, type Stats } from 'node:fs';
import { pause } from '../../base/delay.js';
import { explain, TwinstileError } from '../../base/errors.js';
import { millis } from '../../base/units.js';
import { connectLocalSocket } from '../../platform/local-socket/local-client.js';
import { groupName } from '../../platform/local-socket/local-server.js';
import { administrator } from '../../records/journal/administrator.js';
import { socketPath } from '../core-socket/ask-core.js';
import { CORE_FORMAT, CORE_PROTOCOL, type CoreRequest } from '../core-socket/core-messages.js';
import { type Check, type Finding, good, warning, wrong } from './finding.js';

const SOCKET = 'socket';
const MODE = 0o660;
const ANSWER_LIMIT = millis(5000);

/** Peers are let in by the permission of the file alone, so that it is what is examined. */
export const checkSocket: Check = {
  about: SOCKET,
  async look({ config, env }) {
    const path = socketPath(config);
    const found = lstatSync(path, { throwIfNoEntry: false });
    // An enrollment at the lane needs it, and nothing at the gate does.
    if (found === undefined) return [good(SOCKET, `None at ${path}: the service is not running.`)];
    const problem = permissionProblem(path, found, config.local_socket.group);
    if (problem !== undefined) return [problem];
    try {
      await expectAnswer(path, env);
      return [good(SOCKET, `The service answers at ${path}, to the group ${groupName(found.gid)} (0660).`)];
    } catch (error) {
      return [
        warning(
          SOCKET,
          `${path} does not answer: ${explain(error)}`,
          'Run doctor as the user of the service, or see whether the service is stuck: systemctl status twinstile.',
        ),
      ];
    }
  },
};

/** @throws TwinstileError where nothing answers within 5 s. */
async function expectAnswer(path: string, env: NodeJS.ProcessEnv): Promise<void> {
  const client = await connectLocalSocket(path, CORE_FORMAT);
  const over = new AbortController();
  try {
    client.send({ kind: 'hello', v: CORE_PROTOCOL, by: { ...administrator(env) } } satisfies CoreRequest);
    const answer = await Promise.race([client.next(), pause(ANSWER_LIMIT, over.signal)]);
    if (answer !== undefined) return;
    throw new TwinstileError({
      code: 'socket-unreachable',
      message: 'Expected a welcome within 5 s, got none.',
    });
  } finally {
    over.abort();
    client.close();
  }
}

/** @param group that the configuration names; absent: any. */
export function permissionProblem(
  path: string,
  found: Stats,
  group: string | undefined,
): Finding | undefined {
  if (!found.isSocket())
    return wrong(SOCKET, `${path} is a file of another kind.`, 'Remove it, and start the service again.');
  const mode = found.mode & 0o777;
  if (mode !== MODE)
    return wrong(
      SOCKET,
      `${path} has mode 0${mode.toString(8)}: Expected 0660, because the permission is all that keeps others out.`,
      'Start the service again, which makes it anew, and find out who changed it.',
    );
  const owner = groupName(found.gid);
  if (group === undefined || owner === group) return undefined;
  return wrong(
    SOCKET,
    `${path} belongs to the group ${owner}, and local_socket.group names ${group}.`,
    `Make the service's user a member of ${group}, and start it again.`,
  );
}
