/**
 * Reports failed and skipped tests once more at the end of a run, and fails a run that skips more than it may.
 *
 * A log of CI is cut at its beginning: what failed has to stand at its end. A test that is skipped on every machine checks
 * nothing, so each reason is known here, with how many tests may give it.
 */
import { existsSync } from 'node:fs';
import process from 'node:process';

const SHARED = process.env.TWINSTILE_SHARED ?? '../shared';

/** Most tests that may be skipped for one reason. */
const SKIPS = [
  { reason: /^needs shared data/, most: existsSync(SHARED) ? 2 : 80 },
  { reason: /^needs PostgreSQL/, most: 40 },
  // Browsers are not packaged for every machine; scripts/test installs one where they are.
  { reason: /^needs chromium/, most: 4 },
  { reason: /systemd/, most: 4 },
  { reason: /^root may (read|write) every/, most: 2 },
  { reason: /^(needs|mounting) /, most: 4 },
  { reason: /x86-64$/, most: 1 },
];

/** @param skipped reasons, one for each test. @returns what is too much, empty for a run that may pass. */
export function tooManySkips(skipped) {
  const counts = new Map();
  const unknown = [];
  for (const reason of skipped) {
    const rule = SKIPS.find((one) => one.reason.test(reason));
    if (rule === undefined)
      unknown.push(`A test was skipped for a reason that is not known: ${JSON.stringify(reason)}.`);
    else counts.set(rule, (counts.get(rule) ?? 0) + 1);
  }
  const many = [...counts].filter(([rule, count]) => count > rule.most);
  return [
    ...unknown,
    ...many.map(
      ([rule, count]) => `${count} tests were skipped for ${rule.reason}, at most ${rule.most} may be.`,
    ),
  ];
}

export default async function* summary(events) {
  const failed = [];
  const skipped = [];
  for await (const { type, data } of events) {
    if (type === 'test:fail' && data.details?.error?.failureType !== 'subtestsFailed') failed.push(data);
    if (type === 'test:pass' && data.skip !== undefined && data.skip !== false)
      skipped.push({ name: data.name, reason: String(data.skip) });
  }
  for (const { name, reason } of skipped) yield `# skipped: ${name} (${reason})\n`;
  for (const { name, file, line, details } of failed) {
    const { error } = details;
    yield `# FAILED: ${name}\n#   ${file}:${line}\n`;
    yield `${String(error?.cause?.stack ?? error?.cause ?? error)
      .split('\n')
      .slice(0, 25)
      .map((text) => `#   ${text}`)
      .join('\n')}\n`;
  }
  const much = tooManySkips(skipped.map(({ reason }) => reason));
  for (const line of much) yield `# ${line}\n`;
  if (much.length > 0) process.exitCode = 1;
}
