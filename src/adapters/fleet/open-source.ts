import path from 'node:path';
import type { FleetSource } from '../../ports/fleet.js';
import { folderSource } from './folder-source.js';
import { httpSource } from './http-source.js';
import { proxyFor } from './proxy.js';

/** @param source "https://…", "http://…", or a folder. */
export function openFleetSource(source: string, env: NodeJS.ProcessEnv): FleetSource {
  if (!/^https?:\/\//.test(source)) return folderSource(path.resolve(source));
  const base = new URL(source.endsWith('/') ? source : `${source}/`);
  return httpSource(base, proxyFor(base, env));
}
