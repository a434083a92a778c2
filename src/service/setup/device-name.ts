/** Returns the name of this box within its fleet. */
import { hostname } from 'node:os';
import type { Config } from '../config/config-schema.js';

export const deviceName = ({ gallery }: Pick<Config, 'gallery'>): string =>
  gallery.fleet?.device ?? hostname();
