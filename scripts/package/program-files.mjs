/**
 * Lays out the files of an installed program: `node scripts/package/program-files.mjs FOLDER`.
 *
 * Of the npm packages only those that are loaded while it runs, without sources, types, maps, other systems' binaries and compilers.
 * FOLDER must not exist. `npmClosure` also tells the bill of materials what is in it.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

export const project = fileURLToPath(new URL('../../', import.meta.url));

/** Parts of the project that the program has use for; the rest of `scripts` makes it. */
const PARTS = ['dist', 'systemd', 'docs', 'config', 'package.json', 'LICENSE', 'CHANGELOG.md'];
const SCRIPTS = [
  'with-notify',
  'shut-in',
  'gallery-sync',
  'releases',
  'uninstall.sh',
  'twinstile',
  'as-service',
];

/**
 * What is loaded of packages that bring much more, by experience: `only` names files by the beginning of their path, and
 * `needs` the packages that what is left still loads (all of its dependencies where absent).
 */
const KNOWN = {
  sqlite3: { only: ['build/Release/node_sqlite3.node', 'lib/'], needs: ['bindings'] },
  'onnxruntime-node': {
    only: ['dist/', `bin/napi-v6/linux/${process.arch}/`],
    needs: ['onnxruntime-common'],
  },
  // Photographs of the demonstration, and the weights that the built-in pack is made of.
  '@vladmandic/face-api': {
    only: ['demo/sample', 'model/face_landmark_68_model', 'model/face_recognition', 'model/tiny_face'],
    needs: [],
  },
  '@tensorflow/tfjs-core': { only: ['dist/tf-core.node.js'] },
  '@tensorflow/tfjs-backend-cpu': { only: ['dist/tf-backend-cpu.node.js'] },
  mqtt: { only: ['build/'] },
  protobufjs: { only: ['index.js', 'minimal.js', 'light.js', 'src/', 'ext/', 'google/'] },
  zod: { without: ['src/'] },
  '@noble/ciphers': { without: ['src/'] },
  '@noble/curves': { without: ['src/'] },
  '@noble/hashes': { without: ['src/'] },
  '@noble/post-quantum': { without: ['src/'] },
};
/** Types are for compilers. */
const IS_TYPES = /^@types\/|^@webgpu\/types$/;
const IS_UNUSED =
  /\.(d\.[cm]?ts|[cm]?tsx?|map|md|markdown|flow|gyp|gypi|cc|cpp|h|hpp|yml|html)$|^(tests?|examples?|benchmarks?|docs?|\.github)\//;
const IS_LICENCE = /^(licen[cs]e|copying|notice|thirdpartynotices)/i;

/** @typedef {{ name: string, version: string, license: string, folder: string }} NpmPackage `folder` below the project. */

/**
 * Finds the npm packages that the program loads, each where Node would find it.
 * @returns {readonly NpmPackage[]} sorted by folder.
 */
export function npmClosure(root = project) {
  const found = new Map();
  const wanted = Object.keys(manifest(root).dependencies ?? {}).map((name) => [name, root]);
  for (const [name, from] of wanted) {
    if (IS_TYPES.test(name)) continue;
    const home = homeOf(name, from, root);
    const { dependencies = {}, optionalDependencies = {}, version, license = 'NOASSERTION' } = manifest(home);
    const folder = path.relative(root, home);
    if (found.has(folder)) continue;
    found.set(folder, { name, version, license: licenceOf(license), folder });
    const needs =
      KNOWN[name]?.needs ?? Object.keys(dependencies).filter((one) => !(one in optionalDependencies));
    wanted.push(...needs.map((one) => [one, home]));
  }
  return [...found.values()].sort((a, b) => (a.folder < b.folder ? -1 : 1));
}

const licenceOf = (license) => (typeof license === 'string' ? license : (license.type ?? 'NOASSERTION'));
const manifest = (folder) => JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));

function homeOf(name, from, root) {
  for (let at = from; at.startsWith(root.replace(/\/$/, '')); at = path.dirname(at)) {
    const home = path.join(at, 'node_modules', name);
    if (existsSync(path.join(home, 'package.json'))) return home;
  }
  throw new Error(`Expected the npm package ${name}, which ${from} needs, got none. Run ./scripts/setup.`);
}

/** Copies what is loaded of one package. */
function copyPackage({ name, folder }, root, to) {
  const { only, without = [] } = KNOWN[name] ?? {};
  const home = path.join(root, folder);
  const isWanted = (file) => {
    if (file === 'package.json' || IS_LICENCE.test(file)) return true;
    if (only !== undefined)
      return only.some((start) => file.startsWith(start)) && !/\.(map|d\.ts)$/.test(file);
    return !IS_UNUSED.test(file) && !without.some((start) => file.startsWith(start));
  };
  copyFiles(home, path.join(to, folder), isWanted);
}

/** Packages inside of packages are found by themselves. */
function copyFiles(from, to, isWanted, below = '') {
  for (const entry of readdirSync(path.join(from, below), { withFileTypes: true })) {
    const file = path.join(below, entry.name);
    if (entry.name === 'node_modules') continue;
    if (entry.isDirectory()) copyFiles(from, to, isWanted, file);
    else if (isWanted(file)) copy(path.join(from, file), path.join(to, file));
  }
}

function copy(from, to) {
  try {
    mkdirSync(path.dirname(to), { recursive: true });
    cpSync(from, to, { preserveTimestamps: true });
  } catch (error) {
    if (error.code !== 'ENOSPC') throw error;
    throw new Error(`Expected room for ${to}, got a full disk.`, { cause: error });
  }
}

/** @param {string} to folder that does not exist yet. @param {string} root where the project was built. */
export function layOut(to, root = project) {
  if (existsSync(to)) throw new Error(`Expected to make ${to}, got something that is there.`);
  mkdirSync(to, { recursive: true });
  for (const part of PARTS) {
    const from = path.join(root, part);
    if (!existsSync(from)) continue;
    if (statSync(from).isDirectory())
      copyFiles(from, path.join(to, part), (file) => !file.endsWith('.map') && file !== '.built');
    else copy(from, path.join(to, part));
  }
  for (const name of SCRIPTS) copy(path.join(root, 'scripts', name), path.join(to, 'scripts', name));
  copyFiles(path.join(root, 'models'), path.join(to, 'models'), () => true);
  for (const one of npmClosure(root)) copyPackage(one, root, to);
  // The module for OpenCV, which is compiled here.
  const module = path.join('node_modules', '.twinstile', 'opencv.node');
  if (existsSync(path.join(root, module))) copy(path.join(root, module), path.join(to, module));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , to] = process.argv;
  if (to === undefined) throw new Error('Expected a folder to make.');
  try {
    layOut(path.resolve(to));
  } catch (error) {
    // What is missing or full is said; where in this file it was noticed helps nobody at an installation.
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}
