/**
 * Creates MQTT client ids.
 *
 * A broker ends a connection when another one comes with its name. So the name identifies the box, because all boxes of a site share
 * their broker, and ends in 96 random bits, so that no client that may connect can guess it and keep a lane offline.
 */
import { randomBytes } from 'node:crypto';

const RANDOM_BYTES = 12;
/** Some brokers take no more than 128; a host's name may have 64. */
const MAX_PART = 32;

/** @param parts such as site, device, lane. @returns a new name at each call. */
export const clientIdOf =
  (...parts: readonly string[]): (() => string) =>
  () =>
    ['twinstile', ...parts.map(plain), randomBytes(RANDOM_BYTES).toString('hex')].join('-');

const plain = (part: string): string => part.replace(/[^A-Za-z0-9_.-]/g, '_').slice(0, MAX_PART);
