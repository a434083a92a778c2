/** Explains each degraded cause: the only source of OPERATIONS.md's table, and of every display of a cause. */
import type { Degraded } from './degraded-modes.js';

export const DEGRADED_MEANINGS: Readonly<Record<Degraded, string>> = {
  'camera-not-live': 'No picture for 2 s, the same picture for 2 s, or no camera at all.',
  'vision-restarting': "The lane's vision process died or was replaced.",
  'vision-failing': 'It died five times within a minute.',
  'encoder-self-test-failed':
    'The two drawn faces that are encoded every minute did not land where they did at the start, or were not encoded for 150 s.',
  'pad-model-missing':
    '`liveness.mode` is `require` and the pack has no networks for it, so that no face alone can be believed.',
  'document-camera-missing': 'The second camera, which looks at the passes of visitors, gives no picture.',
  'pack-uncalibrated': 'The pack does not say what its distances mean.',
  'gallery-empty': 'Nobody is enrolled with this pack.',
  'gallery-too-large':
    'The rule asks for a surer face than the calibration table supports among so many templates, so that no face alone could ever pass.',
  'gallery-expired': 'The gallery has not been confirmed for longer than it may be used.',
  'clock-implausible':
    'The clock shows a time before this version was made, or it jumped by more than 5 minutes against the time since the machine started (suspension included).',
  'broker-disconnected': 'No connection to the broker.',
  'session-taken-over':
    "Within the last 10 minutes another client came to the broker under the name of one of this box's connections, which ended it (MQTT reason 142).",
  'gate-offline': 'No challenge from the gate for 1.5 s.',
  'gate-unproven':
    'The gate asks for grants and has not shown within 3 s that it signs its answers with the key the lane knows.',
  'relay-stays-on': 'The relay says that it is on although its pulse is over.',
  'journal-failing': 'The last entry could not be written within 2 s.',
  'disk-full': 'Less than 50 MB are free where the data lie.',
  'database-replaced':
    'The file of the database, or its `-wal`, is another one than the service has open, or none.',
  'journal-discontinued': 'The journal no longer has the row that the box signed last.',
  'database-restored':
    'The database was damaged and the last good backup took its place, or it was replaced under the running service.',
  'templates-damaged':
    'Templates are not as they were stored (a flash card that forgets, or somebody who wrote to the database).',
  'people-left-out': 'Records of the published gallery cannot be taken here.',
};
