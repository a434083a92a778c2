import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TwinstileError } from '../../../src/base/errors.js';
import { type DialogWishes, type Draft, holdDialog } from '../../../src/service/box-setup/hold-dialog.js';
import type { SetupAnswers, StepName } from '../../../src/service/box-setup/setup-questions.js';
import { exampleConfig } from '../../../src/service/config/example-config.js';
import { parseConfig } from '../../../src/service/config/parse-config.js';
import { type Finding, good, wrong } from '../../../src/service/doctor/finding.js';

const base = await exampleConfig({ byHand: true });

interface Played {
  /** By question, or "again" for what to do with a step that failed; an empty line where nothing is left. */
  readonly typed?: Readonly<Record<string, readonly string[]>>;
  readonly attempt?: (step: StepName, draft: Draft) => readonly Finding[] | Promise<readonly Finding[]>;
  readonly given?: SetupAnswers;
  readonly wishes?: Partial<DialogWishes>;
}

/** @returns the outcome, what was said and asked, and what was saved. */
async function play({ typed, attempt = () => [], given = {}, wishes = {} }: Played) {
  const said: string[] = [];
  const asked: string[] = [];
  const saved: Draft[] = [];
  const left = new Map(Object.entries(typed ?? {}).map(([name, lines]) => [name, [...lines]]));
  const ask = async (prompt: string): Promise<string> => {
    const name = /^\s*([a-z-]+)/.exec(prompt)?.[1] ?? '';
    asked.push(name);
    return left.get(name)?.shift() ?? '';
  };
  const outcome = await holdDialog(
    { base, given, takesDefaults: false, keepsFailed: false, folder: '/here', ...wishes },
    {
      say: (line) => said.push(line),
      ask: typed === undefined ? undefined : ask,
      attempt: async (step, draft) => attempt(step, draft),
      save: async (draft) => void saved.push(draft),
    },
  );
  return { outcome, said, asked, saved, config: parseConfig(saved[0]?.text ?? base) };
}

test('Enter everywhere takes what the configuration has, and it is written once, before the person', async () => {
  const order: string[] = [];
  const { outcome, saved, config } = await play({
    typed: {},
    attempt: (step) => {
      order.push(step);
      return [];
    },
  });
  assert.deepEqual(outcome, { kind: 'done', kept: [] });
  assert.deepEqual(order, ['place', 'pack', 'camera', 'broker', 'gate', 'person']);
  assert.equal(saved.length, 1);
  assert.deepEqual(config, parseConfig(base));
});

test('only what goes with the other answers is asked, and what was given is not', async () => {
  const { asked, config } = await play({
    typed: { opener: ['esphome'], 'relay-topic': ['door'], 'relay-button': ['pulse'], camera: ['clip.mp4'] },
    given: { site: 'works' },
  });
  for (const name of ['site', 'ca', 'password-file', 'relay-payload', 'name', 'photo'])
    assert.ok(!asked.includes(name), name);
  assert.ok(asked.includes('relay-button'));
  assert.equal(config.site, 'works');
  assert.deepEqual(config.lanes[0]?.camera, {
    kind: 'file',
    path: '/here/clip.mp4',
    loop: true,
    pace: 'real-time',
  });
  assert.equal(config.lanes[0]?.relay?.kind, 'esphome');
});

test('a step that fails says why with what to do, and is asked again, kept, or the end', async () => {
  const fails = (step: StepName, { answers }: Draft): readonly Finding[] =>
    step === 'camera' && answers.camera !== '/dev/video9'
      ? [wrong('camera', 'No pictures came.', 'Plug it in.')]
      : [];
  const again = await play({ typed: { camera: ['', '/dev/video9'], again: ['what?', 'a'] }, attempt: fails });
  assert.deepEqual(again.outcome, { kind: 'done', kept: [] });
  assert.ok(again.said.includes('WRONG    camera: No pictures came.'));
  assert.ok(again.said.includes('         -> Plug it in.'));
  const camera = again.config.lanes[0]?.camera;
  assert.equal(camera?.kind === 'usb' && camera.device, '/dev/video9');

  const kept = await play({ typed: { again: ['k'] }, attempt: fails });
  assert.deepEqual(kept.outcome, { kind: 'done', kept: ['camera'] });

  const stopped = await play({ typed: { again: ['s'] }, attempt: fails });
  assert.deepEqual(stopped.outcome, { kind: 'stopped', step: 'camera', chosen: true });
  assert.deepEqual(stopped.saved, []);
});

test('what throws is shown as a finding, and only a stop goes through', async () => {
  const broken = new TwinstileError({ code: 'key-unusable', message: 'No key.', hint: 'Make one.' });
  const shown = await play({ typed: { again: ['s'] }, attempt: () => Promise.reject(broken) });
  assert.ok(shown.said.includes('WRONG    place: No key.'));
  const stop = new TwinstileError({ code: 'stopped', message: 'Stopped.' });
  await assert.rejects(play({ typed: {}, attempt: () => Promise.reject(stop) }), { code: 'stopped' });
});

test('what the configuration cannot hold is never kept', async () => {
  const limited = `${base}\naccess:\n  time_zone: UTC\n  rules: [{ effect: grant, groups: [everyone] }]\n  lanes: [{ id: north }]\n`;
  const { outcome, said, asked } = await play({
    typed: { lane: ['south'], again: ['k', 's'] },
    wishes: { base: limited },
  });
  assert.deepEqual(outcome, { kind: 'stopped', step: 'place', chosen: true });
  assert.ok(said.some((line) => /WRONG {4}place: .*access\.lanes/s.test(line)));
  assert.equal(asked.filter((name) => name === 'again').length, 2);
});

test('without a person all that is missing is said at once, before anything is tried', async () => {
  const tried: string[] = [];
  const attempt = (step: StepName): readonly Finding[] => {
    tried.push(step);
    return [good(step, 'fine')];
  };
  await assert.rejects(
    play({ attempt, given: { site: 'a', person: 'ada' } }),
    /answers for lane, gate, direction, pack, liveness, camera, broker, username, opener, name, photo, got neither/,
  );
  assert.deepEqual(tried, []);
  const { outcome } = await play({ attempt, wishes: { takesDefaults: true } });
  assert.equal(outcome.kind, 'done');
  const failing = { attempt: () => [wrong('x', 'y', 'z')] };
  assert.equal((await play({ ...failing, wishes: { takesDefaults: true } })).outcome.kind, 'stopped');
  const kept = await play({ ...failing, wishes: { takesDefaults: true, keepsFailed: true } });
  assert.equal(kept.outcome.kind === 'done' && kept.outcome.kept.length, 6);
});

test('the login of a camera is not shown where its address is offered again', async () => {
  const streamed = await exampleConfig({ byHand: true, camera: 'rtsp://u:pass@h/s' });
  const prompts: string[] = [];
  await holdDialog(
    { base: streamed, given: {}, takesDefaults: false, keepsFailed: false, folder: '/' },
    {
      say: () => {},
      ask: async (prompt) => {
        prompts.push(prompt);
        return '';
      },
      attempt: async () => [],
      save: async () => {},
    },
  );
  assert.ok(prompts.some((prompt) => /camera \[rtsp:\/\/.*h/.test(prompt)));
  assert.doesNotMatch(prompts.join(''), /pass@/);
});
