/** What is this box called among the others of its fleet? */
import { hostname } from 'node:os';
import type { Config } from '../config/config-schema.js';

export const deviceName = ({ gallery }: Pick<Config, 'gallery'>): string =>
  gallery.fleet?.device ?? hostname();
