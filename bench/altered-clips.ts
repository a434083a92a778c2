/**
 * Makes copies of a folder of clips as other light or another camera would have shown them, for `twinstile evaluate site`.
 *
 *   node --import tsx bench/altered-clips.ts ../shared/video/asl OUT
 *
 * OUT gets one folder for each alteration, with the clips (lossless) and identities.csv. Needs ffmpeg.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { readIdentities } from '../src/lab/evaluate/files/identities.js';

/** Filters of ffmpeg. */
const ALTERATIONS: Readonly<Record<string, string>> = {
  /** 40 % of the light. */
  dark: 'colorchannelmixer=rr=0.4:gg=0.4:bb=0.4',
  grey: 'hue=s=0',
  /** A white balance that is off towards blue. */
  bluish: 'colorchannelmixer=rr=0.7:gg=0.9:bb=1.2',
  /** No colour, skin bright (as red light shows it), and a lamp beside the lens: bright middle, dark edges. */
  infrared: 'colorchannelmixer=rr=1:gr=1:gg=0:br=1:bb=0,eq=contrast=1.2:gamma=1.3,vignette=PI/4',
  /** Another lens, sensor and tone curve. */
  camera2: 'lenscorrection=k1=-0.12:k2=0.02,gblur=sigma=0.7,eq=gamma=0.8:contrast=1.15:saturation=0.6',
};

const [from, to] = process.argv.slice(2);
if (from === undefined || to === undefined)
  throw new Error('expected: bench/altered-clips.ts FOLDER-OF-CLIPS FOLDER-TO-MAKE');
const clips = await readIdentities(from);
for (const [name, filter] of Object.entries(ALTERATIONS)) {
  const folder = path.join(to, name);
  mkdirSync(folder, { recursive: true });
  for (const { file, path: clip } of clips) {
    const args = ['-v', 'error', '-y', '-i', clip, '-vf', filter, '-pix_fmt', 'bgr0', '-c:v', 'ffv1', '-an'];
    execFileSync('ffmpeg', [...args, path.join(folder, file)], { stdio: 'inherit' });
  }
  copyFileSync(path.join(from, 'identities.csv'), path.join(folder, 'identities.csv'));
  process.stdout.write(`${folder}\n`);
}
