import type { CameraSource } from '../ports/camera.js';

/** What of a camera may hold a login. */
export function secretsOf(source: CameraSource): readonly string[] {
  if (source.kind === 'stream') return [source.url];
  return source.kind === 'csi' && source.pipeline !== undefined ? [source.pipeline] : [];
}
