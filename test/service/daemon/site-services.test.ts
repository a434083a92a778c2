import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { homeAssistantSchema } from '../../../src/service/config/config-schema.js';
import { announceLane } from '../../../src/service/daemon/site-services.js';
import { createFakeBroker } from '../../fakes/bus.js';
import { until } from '../../until.js';

function boxFor(t: TestContext, wanted: object) {
  const stop = new AbortController();
  t.after(() => stop.abort());
  const broker = createFakeBroker();
  const problems: string[] = [];
  const announce = () =>
    announceLane(
      { site: 's', home_assistant: homeAssistantSchema.parse(wanted) },
      'north',
      broker.connect(),
      { onProblem: (published) => problems.push(published), signal: stop.signal },
    );
  const configs = () => broker.published.filter(({ topic }) => topic.endsWith('/config'));
  return { broker, announce, configs, problems };
}

test('a lane appears in Home Assistant where this is wanted, and its button speaks for the login of Home Assistant', async (t) => {
  const { broker, announce, configs } = boxFor(t, { enabled: true, open_button: true, user: 'ha' });
  announce();
  await until(() => configs().length === 1, 'an announcement');
  const [{ topic = '', payload = '', retain } = {}] = configs();
  assert.equal(retain, true);
  assert.equal(JSON.parse(payload).components.open.command_topic, 'twinstile/s/north/command/open/ha');
  assert.equal(broker.retained(topic), payload);
});

test('a lane that was announced goes away when it is switched off, once', async (t) => {
  const { broker, announce, configs } = boxFor(t, {});
  broker.cut();
  announce();
  broker.restore();
  await until(() => configs().length === 1, 'a removal');
  broker.cut();
  broker.restore();
  assert.equal(configs().length, 1);
  const [{ topic = '', payload, retain } = {}] = configs();
  assert.ok(topic.startsWith('homeassistant/device/twinstile_s_north_'), topic);
  assert.deepEqual([payload, retain], ['', true]);
});

test('a broker that forbids it is told of', async (t) => {
  const { broker, announce, problems } = boxFor(t, { enabled: true });
  broker.forbid('homeassistant/#');
  announce();
  await until(() => problems.length === 1, 'a problem');
  assert.deepEqual(problems, ['refused']);
});
