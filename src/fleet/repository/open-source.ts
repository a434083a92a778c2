import path from 'node:path';
import { TwinstileError } from '../../base/errors.js';
import { showAddress } from '../../base/shown-address.js';
import type { FleetSource } from '../fleet-ports.js';
import { folderSource } from './folder-source.js';
import { httpSource } from './http-source.js';
import { proxyFor } from './proxy.js';

/** @param source "https://…", "http://…", or a folder. */
export function openFleetSource(source: string, env: NodeJS.ProcessEnv): FleetSource {
  if (!/^https?:\/\//.test(source)) return folderSource(path.resolve(source));
  const written = source.endsWith('/') ? source : `${source}/`;
  if (!URL.canParse(written))
    throw new TwinstileError({
      code: 'config-invalid',
      message: `Expected https://HOST/PATH as gallery.fleet.source, got ${showAddress(written)}.`,
      hint: 'Correct it; / ? # and @ of a login are written as %2F %3F %23 and %40.',
    });
  const base = new URL(written);
  return httpSource(base, proxyFor(base, env));
}
