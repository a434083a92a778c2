/** Lists the V4L2 devices of this machine with the formats they give, from /sys and from v4l2-ctl where it is installed. */
import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { readPlainText } from '../../platform/plain-file.js';

export interface VideoDevice {
  /** "/dev/video0". */
  readonly device: string;
  /** As its driver calls it. */
  readonly name: string;
  /** Absent where v4l2-ctl is not installed or may not ask; empty for a device that gives no pictures (metadata, output). */
  readonly formats?: readonly VideoFormat[] | undefined;
}

interface VideoFormat {
  /** FOURCC, such as "MJPG". */
  readonly code: string;
  /** "1280x720 at 30, 15"; rates in frames a second. */
  readonly sizes: readonly string[];
}

interface Places {
  readonly sys?: string;
  readonly program?: string;
}

const ASK_LIMIT_MS = 5000;
const run = promisify(execFile);

export async function listVideoDevices({
  sys = '/sys/class/video4linux',
  program = 'v4l2-ctl',
}: Places = {}): Promise<readonly VideoDevice[]> {
  const names = await readdir(sys).catch((): readonly string[] => []);
  const devices = names
    .filter((name) => /^video\d+$/.test(name))
    .sort((a, b) => Number(a.slice(5)) - Number(b.slice(5)));
  return Promise.all(
    devices.map(async (entry) => ({
      device: `/dev/${entry}`,
      name: await nameOf(path.join(sys, entry, 'name')),
      formats: await formatsOf(`/dev/${entry}`, program),
    })),
  );
}

async function nameOf(file: string): Promise<string> {
  try {
    return (await readPlainText(file, { maxBytes: 4096 })).trim();
  } catch {
    // A device that was pulled out meanwhile.
    return 'without a name';
  }
}

async function formatsOf(device: string, program: string): Promise<readonly VideoFormat[] | undefined> {
  try {
    const { stdout } = await run(program, ['-d', device, '--list-formats-ext'], {
      timeout: ASK_LIMIT_MS,
      maxBuffer: 1_000_000,
    });
    return readFormats(stdout);
  } catch {
    // Not installed, no permission, or a device that hangs.
    return undefined;
  }
}

/** Reads what `v4l2-ctl --list-formats-ext` prints. Pure. */
export function readFormats(text: string): readonly VideoFormat[] {
  const formats: { readonly code: string; readonly sizes: { size: string; rates: string[] }[] }[] = [];
  for (const line of text.split('\n')) {
    const code = /^\s*\[\d+\]: '(.{4})'/.exec(line)?.[1];
    if (code !== undefined) formats.push({ code, sizes: [] });
    const size = /^\s*Size: (?:Discrete|Stepwise) (\d+x\d+)/.exec(line)?.[1];
    if (size !== undefined) formats.at(-1)?.sizes.push({ size, rates: [] });
    const rate = /\(([\d.]+) fps\)/.exec(line)?.[1];
    if (rate !== undefined)
      formats
        .at(-1)
        ?.sizes.at(-1)
        ?.rates.push(String(Number(rate)));
  }
  return formats.map(({ code, sizes }) => ({
    code,
    sizes: sizes.map(({ size, rates }) => (rates.length === 0 ? size : `${size} at ${rates.join(', ')}`)),
  }));
}
