import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { decisionId, laneId, personId } from '../../../src/base/ids.js';
import { falseMatchRate, wallTime } from '../../../src/base/units.js';
import { enrollCommand } from '../../../src/cli/people/enroll-verb.js';
import { peopleCommand } from '../../../src/cli/people/people-verb.js';
import { openDisputes } from '../../../src/records/disputes/sqlite-disputes.js';
import { loadConfig } from '../../../src/service/config/load-config.js';
import { withDatabase } from '../../../src/service/setup/open-gallery.js';
import { NOW, officeFor } from '../office.js';

async function disputed(t: Parameters<typeof officeFor>[0]) {
  const office = await officeFor(t);
  await office.inside(({ gallery }) =>
    gallery.apply([{ kind: 'put-person', person: { id: personId('ada'), name: 'Ada' } }]),
  );
  const config = await loadConfig(office.config);
  await withDatabase(config, (database) =>
    openDisputes(database).add(
      {
        id: 'd-1',
        decision: decisionId('decision-1'),
        person: personId('ada'),
        lane: laneId('north'),
        mode: 'identification',
        remedy: { kind: 'bound', rate: falseMatchRate(1e-6) },
        leavesWay: false,
        by: 'operator:guard',
        at: NOW,
        until: wallTime(NOW + 86_400_000),
      },
      { actor: { by: 'operator:guard' }, now: () => NOW },
    ),
  );
  const run = (...words: string[]) =>
    office.run(peopleCommand(office.world), ...words, '--config', office.config);
  return { ...office, run };
}

test('disputes are listed with whose word it is and whether they count, are in the export, and are undone by id', async (t) => {
  const { run } = await disputed(t);
  const { text } = await run('disputes');
  assert.match(
    text,
    /d-1 {2}ada: needs 1 in 1,000,000 at lane north, by operator:guard, until .*; waits for a second person/,
  );
  const held = JSON.parse((await run('export', 'ada')).text);
  assert.deepEqual(
    held.disputes.map(({ id, by }: { id: string; by: string }) => [id, by]),
    [['d-1', 'operator:guard']],
  );
  await assert.rejects(run('disputes', '--undo', 'd-9'), { code: 'bad-arguments' });
  assert.match((await run('disputes', '--undo', 'd-1')).text, /^Undone: d-1/);
  assert.match((await run('disputes')).text, /No passage is disputed/);
});

test('without the running service a dispute and an enrollment at a lane say what to do', async (t) => {
  const { run, config } = await disputed(t);
  await assert.rejects(run('dispute', 'decision-1'), {
    code: 'socket-unreachable',
    hint: /service running/,
  });
  const enroll = (...words: string[]) =>
    enrollCommand({ print: () => {}, setExitCode: () => {} }).parseAsync([...words, '--config', config], {
      from: 'user',
    });
  await assert.rejects(enroll('--lane', 'a', '--person', 'ada'), { code: 'socket-unreachable' });
  for (const words of [
    ['--lane', 'north'],
    ['--lane', 'north', '--camera', '/dev/video0', '--person', 'ada'],
    ['photo.jpg', '--lane', 'north', '--person', 'ada'],
  ])
    await assert.rejects(enroll(...words), {
      code: 'bad-arguments',
      message: /either --lane LANE or --camera/,
    });
  const nowhere = path.join(path.dirname(config), 'no-such-film.mkv');
  await assert.rejects(enroll('--camera', nowhere, '--person', 'ada'), { code: 'camera-unusable' });
});
