/** Reads what this program was built of from the file that the build writes, and how long its runtime is maintained. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type WallTime, wallTime } from '../base/units.js';

/** The fields of dist/build.json, all of them text. */
const FIELDS = ['version', 'commit', 'builtAt', 'node', 'opencv', 'sqlite', 'onnxruntime'] as const;

export type BuildInfo = Readonly<Record<(typeof FIELDS)[number], string>>;

/** Reads the file that scripts/write-build.mjs wrote; undefined where the sources run, or where it cannot be read. */
export function buildInfo(file: URL = new URL('../build.json', import.meta.url)): BuildInfo | undefined {
  try {
    // Read without a schema's library: `--version` answers before anything else is loaded.
    const read = JSON.parse(readFileSync(file, 'utf8')) as Partial<BuildInfo>;
    const isWhole = FIELDS.every((field) => typeof read[field] === 'string');
    return isWhole && !Number.isNaN(Date.parse(read.builtAt ?? '')) ? (read as BuildInfo) : undefined;
  } catch {
    // Not being able to name the build must not keep a gate from working.
    return undefined;
  }
}

/** "0.1.0": of the build, or of package.json where the sources run. */
export function programVersion(build: BuildInfo | undefined = buildInfo()): string {
  if (build !== undefined) return build.version;
  const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };
  return version;
}

/** When a line of Node.js gets its last security fixes (github.com/nodejs/Release, schedule.json, read 2026-11-30). */
const NODE_END: Readonly<Record<number, string>> = {
  20: '2026-04-30',
  22: '2027-04-30',
  24: '2028-04-30',
  26: '2029-04-30',
};

/** After so many days without a new build, known faults of what is bundled are likely not mended in it. */
export const BUILD_AGE_DAYS = 90;
/** Days before a line's end from which it is reported: a fleet is not updated in a day. */
const WARN_DAYS = 90;
const DAY_MS = 86_400_000;

export interface RuntimeAge {
  /** Days until the line of Node.js that runs gets no more fixes; negative after it; absent for a line that is not known. */
  readonly daysToEnd?: number;
  readonly isNearEnd: boolean;
  /** Days since the build; absent for one that is not known. */
  readonly daysSinceBuild?: number;
  readonly isOldBuild: boolean;
}

/** Pure. @param node "24.22.3". @param builtAt ISO 8601. */
export function runtimeAge(node: string, builtAt: string | undefined, now: WallTime): RuntimeAge {
  const end = NODE_END[Number.parseInt(node, 10)];
  const daysToEnd = end === undefined ? undefined : days(wallTime(Date.parse(end) - now));
  const daysSinceBuild = builtAt === undefined ? undefined : days(wallTime(now - Date.parse(builtAt)));
  return {
    daysToEnd,
    isNearEnd: daysToEnd !== undefined && daysToEnd < WARN_DAYS,
    daysSinceBuild,
    isOldBuild: daysSinceBuild !== undefined && daysSinceBuild > BUILD_AGE_DAYS,
  };
}

const days = (ms: number): number => Math.floor(ms / DAY_MS);

/** "twinstile 0.1.0 (commit …, date)" and, on the second line, what it is made of. */
export function versionText(build: BuildInfo | undefined): string {
  const { node } = process.versions;
  if (build === undefined) return `twinstile ${programVersion(build)} (from its sources)\nNode.js ${node}`;
  const { version, commit, builtAt, opencv, sqlite, onnxruntime } = build;
  return (
    `twinstile ${version} (commit ${commit}, ${builtAt.slice(0, 10)})\n` +
    `Node.js ${node}, OpenCV ${opencv}, SQLite ${sqlite}, ONNX Runtime ${onnxruntime}`
  );
}
