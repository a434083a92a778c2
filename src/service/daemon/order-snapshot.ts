/**
 * Takes a picture of a lane's camera for an operator, where the site allows it. The picture is sent with the
 * answer and is not stored.
 */

import type { Answer } from '../../gate/operator-command/operator-commands.js';
import type { Snapshot, SnapshotSource } from '../../vision/ports/vision.js';
import type { Config } from '../config/config-schema.js';

const HINTS: Readonly<Record<Extract<Snapshot, { kind: 'none' }>['reason'], string>> = {
  'camera-not-live':
    'The camera gives no picture: look at "camera" in the lane’s state, or run twinstile doctor.',
  'vision-restarting': 'Ask again in some seconds: what looks at the camera is being started.',
  busy: 'Ask again: another picture of this lane is on its way.',
};

export async function takeSnapshot(
  { snapshot: rule }: Pick<Config['privacy'], 'snapshot'>,
  eye: SnapshotSource,
): Promise<Answer> {
  if (rule !== 'allowed')
    return {
      result: 'refused',
      reason: 'snapshot-off',
      hint: 'Set privacy.snapshot to allowed in the configuration of the box, and restart it.',
    };
  const snapshot = await eye.snapshot();
  if (snapshot.kind === 'none') {
    const { reason } = snapshot;
    return { result: 'failed', reason, hint: HINTS[reason] };
  }
  const { bytes, width, height } = snapshot;
  return { result: 'ok', width, height, jpeg: Buffer.from(bytes).toString('base64') };
}
