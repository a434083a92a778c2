/** What every drive keeps, whatever it moves. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { grantId } from '../../src/base/ids.js';
import { millis } from '../../src/base/units.js';
import type { Drive } from '../../src/gate/drives/drive.js';
import { until } from '../until.js';

export interface DriveWorld {
  readonly drive: Drive;
  /** Whether the gate can be walked through now. */
  released(): boolean | Promise<boolean>;
}

const about = { grant: grantId('g-1'), direction: 'in' } as const;

export interface BreakableWorld extends DriveWorld {
  /** From now on the gate cannot be moved. */
  breakIt(): Promise<void>;
}

/** What a drive also keeps when the thing it moves can fail. */
export function breakableDriveContract(
  name: string,
  setUp: (t: TestContext) => Promise<BreakableWorld>,
): void {
  driveContract(name, setUp);

  test(`${name} says when the gate does not move`, async (t) => {
    const { drive, released, breakIt } = await setUp(t);
    t.after(() => drive.close());
    await breakIt();
    await assert.rejects(drive.open(millis(300), about), { code: 'gate-unusable' });
    assert.equal(await released(), false);
  });
}

/** @param setUp makes a drive of its own for each test, and undoes it with the test. */
export function driveContract(name: string, setUp: (t: TestContext) => Promise<DriveWorld>): void {
  const arrange = async (t: TestContext) => {
    const world = await setUp(t);
    t.after(() => world.drive.close());
    return world;
  };

  test(`${name} is shut at first, open when the release has begun, and shut by itself after the pulse`, async (t) => {
    const { drive, released } = await arrange(t);
    assert.equal(await released(), false);
    await drive.open(millis(800), about);
    await until(released, 'open');
    await until(async () => !(await released()), 'shut');
  });

  test(`${name} opens again while it is still open`, async (t) => {
    const { drive, released } = await arrange(t);
    await drive.open(millis(5000), about);
    await until(released, 'open');
    await drive.open(millis(600), { ...about, grant: grantId('g-2') });
    await until(released, 'open again');
    await drive.close();
  });

  test(`${name} can be closed before it was ever opened, and twice`, async (t) => {
    const { drive, released } = await arrange(t);
    await drive.close();
    await drive.close();
    assert.equal(await released(), false);
  });

  test(`${name} is shut after close`, async (t) => {
    const { drive, released } = await arrange(t);
    await drive.open(millis(600), about);
    await until(released, 'open');
    await drive.close();
    assert.equal(await released(), false);
  });
}
