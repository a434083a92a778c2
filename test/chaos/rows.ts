/** Every row of the suite, in the order of the table in docs/RELIABILITY.md. */
import type { Row } from './row.js';
import { brokerKilled } from './rows/broker-killed.js';
import { cameraBreaks } from './rows/camera-breaks.js';
import { clockThrown } from './rows/clock-thrown.js';
import { configMutated } from './rows/config-mutated.js';
import { diskErrors } from './rows/disk-errors.js';
import { diskFull } from './rows/disk-full.js';
import { eventsOverOutages } from './rows/events-over-outages.js';
import { grantsHostile } from './rows/grants-hostile.js';
import { grantsOverBroker } from './rows/grants-over-broker.js';
import { halfOpen } from './rows/half-open.js';
import { hostileLogins } from './rows/hostile-logins.js';
import { killDatabase } from './rows/kill-database.js';
import { killProcesses } from './rows/kill-processes.js';
import { killRotation } from './rows/kill-rotation.js';
import { messagesFuzzed } from './rows/messages-fuzzed.js';
import { modelsMutated } from './rows/models-mutated.js';
import { publishWhileRevoked } from './rows/publish-while-revoked.js';
import { slowNetwork } from './rows/slow-network.js';
import { twoBoxes } from './rows/two-boxes.js';
import { videoMutated } from './rows/video-mutated.js';
import { visionHostile } from './rows/vision-hostile.js';

export const ROWS: readonly Row[] = [
  grantsHostile,
  grantsOverBroker,
  brokerKilled,
  eventsOverOutages,
  halfOpen,
  slowNetwork,
  messagesFuzzed,
  twoBoxes,
  hostileLogins,
  visionHostile,
  cameraBreaks,
  videoMutated,
  modelsMutated,
  configMutated,
  killDatabase,
  killProcesses,
  killRotation,
  publishWhileRevoked,
  diskFull,
  diskErrors,
  clockThrown,
];
