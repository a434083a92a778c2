/** Checks the libraries that are loaded here against those of the build, and how long the runtime gets security fixes. */
import { plural } from '../../base/plural.js';
import { BUILD_AGE_DAYS, type BuildInfo, buildInfo, runtimeAge } from '../../platform/build-info.js';
import { connect } from '../../records/sql/sqlite/sqlite-connection.js';
import { faultOfSqlite, sqliteVersion } from '../../records/sql/sqlite/sqlite-version.js';
import { type Check, type Finding, failed, good, warning, wrong } from './finding.js';

const RUNTIME = 'runtime';

/** Versions as the libraries themselves report them, each asked separately: one that cannot be loaded hides none of the others. */
export interface LiveLibraries {
  node(): string;
  opencv(): Promise<string>;
  sqlite(): Promise<string>;
  onnxruntime(): Promise<string>;
}

const LIVE: LiveLibraries = {
  node: () => process.versions.node,
  opencv: async () => (await import('../../vision/opencv/cv.js')).opencvVersion(),
  onnxruntime: async () => (await import('../../vision/onnx/onnx-network.js')).onnxRuntimeVersion(),
  async sqlite() {
    const connection = await connect(':memory:');
    try {
      return await sqliteVersion(connection);
    } finally {
      await connection.close();
    }
  },
};

export const checkRuntime = (
  live: LiveLibraries = LIVE,
  build: BuildInfo | undefined = buildInfo(),
): Check => ({
  about: RUNTIME,
  async look({ clock }) {
    const node = live.node();
    return [
      ...(await libraryFindings(live, build)),
      ...ageFindings(node, build, runtimeAge(node, build?.builtAt, clock.wall())),
    ];
  },
});

const LIBRARIES = { opencv: 'OpenCV', sqlite: 'SQLite', onnxruntime: 'ONNX Runtime' } as const;

async function libraryFindings(
  live: LiveLibraries,
  build: BuildInfo | undefined,
): Promise<readonly Finding[]> {
  const loaded: string[] = [`Node.js ${live.node()}`];
  const found: Finding[] = [];
  for (const [key, name] of Object.entries(LIBRARIES) as [keyof typeof LIBRARIES, string][]) {
    try {
      const version = await live[key]();
      loaded.push(`${name} ${version}`);
      const fault = key === 'sqlite' ? faultOfSqlite(version) : undefined;
      if (fault !== undefined)
        found.push(wrong(RUNTIME, `SQLite ${version}: ${fault}.`, 'Install the current release.'));
      if (build !== undefined && build[key] !== version)
        found.push(
          warning(
            RUNTIME,
            `${name} ${version} is loaded, and the program was built with ${build[key]}.`,
            'Build again on this machine (./scripts/setup), or install the package for this release of Debian.',
          ),
        );
    } catch (error) {
      found.push(failed(RUNTIME, error));
    }
  }
  return [good(RUNTIME, `${loaded.join(', ')}.`), ...found];
}

function ageFindings(
  node: string,
  build: BuildInfo | undefined,
  { daysToEnd, isNearEnd, daysSinceBuild, isOldBuild }: ReturnType<typeof runtimeAge>,
): readonly Finding[] {
  const found: Finding[] = [];
  if (isNearEnd && daysToEnd !== undefined)
    found.push(
      warning(
        RUNTIME,
        daysToEnd < 0
          ? `Node.js ${node} got its last security fixes ${plural(-daysToEnd, 'day')} ago.`
          : `Node.js ${node} gets security fixes for ${daysToEnd} more days.`,
        'Install a release with a newer line of Node.js.',
      ),
    );
  if (isOldBuild && build !== undefined)
    found.push(
      warning(
        RUNTIME,
        `This build is ${daysSinceBuild} days old, more than ${BUILD_AGE_DAYS}: security fixes of what is bundled may be missing in it.`,
        'Install the newest release.',
      ),
    );
  return found;
}
