/** What a relay of each kind and its client keep, whatever carries their messages. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { grantId, laneId, siteId } from '../../src/base/ids.js';
import { millis } from '../../src/base/units.js';
import type { RelayProfile } from '../../src/gate/protocol/relay-message.js';
import { laneTopics } from '../../src/gate/protocol/topics.js';
import { createRelayClient } from '../../src/gate/relay-client.js';
import type { Bus } from '../../src/platform/mqtt/message-bus.js';
import { connectRelayDevice, RELAYS } from '../fakes/relay-device.js';
import { until } from '../until.js';

export interface RelayWorld {
  /** A bus of one participant; the suite closes it. The box has the rights of its access list, the device all. */
  connect(who: 'box' | 'device'): Bus;
  cut(): Promise<void>;
  restore(): Promise<void>;
}

type Kind = keyof typeof RELAYS;
const KINDS = Object.keys(RELAYS) as readonly Kind[];
const WATCHED = KINDS.filter((kind) => kind !== 'topic');
const SITE = siteId('s');
/** Each kind has a lane of its name. */
export const laneOf = (kind: Kind) => laneTopics(SITE, laneId(kind));
const pulse = millis(200);
const request = { grant: grantId('g1'), direction: 'in', pulse } as const;
const waits = { answer: millis(600), settle: millis(200), again: millis(50) };

/** @param setUp makes a broker of its own for each test, and undoes it with the test. */
export function relayContract(name: string, setUp: (t: TestContext) => Promise<RelayWorld>): void {
  /** @param device absent: nothing is there. */
  const arrange = async (
    t: TestContext,
    kind: Kind,
    device?: Parameters<typeof connectRelayDevice>[2],
    profile: RelayProfile = RELAYS[kind],
  ) => {
    const { cut, restore, ...world } = await setUp(t);
    const connect = async (who: 'box' | 'device') => {
      const bus = world.connect(who);
      t.after(() => bus.close());
      await until(() => bus.connected, 'connected');
      return bus;
    };
    const [box, board] = [await connect('box'), await connect('device')];
    const { base, probe } = laneOf(kind);
    const problems: string[] = [];
    const relay = createRelayClient({
      bus: box,
      profile,
      base,
      waits,
      onProblem: (problem) => problems.push(problem),
    });
    const there = device === undefined ? undefined : connectRelayDevice(board, kind, device);
    // What was subscribed to before the probe works when the probe does.
    const probed = new Set<Bus>();
    for (const bus of [box, board]) bus.subscribe(probe, () => probed.add(bus));
    const settled = async () => {
      probed.clear();
      await until(async () => {
        await box.publish(probe, '', { qos: 1 });
        return probed.size === 2;
      }, 'everything is subscribed to');
    };
    await settled();
    return { relay, device: there, problems, box, board, cut, restore, settled };
  };

  for (const kind of WATCHED) {
    test(`${name}: a ${kind} relay that stays on after the pulse is an alarm, gets no second pulse, and is switched off`, async (t) => {
      const { relay, problems, device } = await arrange(t, kind, {});
      assert.equal((await relay.open(request)).outcome, 'pulsed');
      await until(() => problems.length > 0, 'an alarm');
      assert.deepEqual(problems, ['relay-stays-on']);
      await until(() => device?.isOn === false && relay.staysOn === false, 'off');
      assert.equal(device?.pulses, 1);
    });

    test(`${name}: a ${kind} relay that cannot be switched off gets no further pulse until it can`, async (t) => {
      const { relay, device } = await arrange(t, kind, { obeysOff: false });
      await relay.open(request);
      await until(() => relay.staysOn === true, 'an alarm');
      const refused = { outcome: 'refused', reason: 'relay-stays-on', latency: 0 };
      assert.deepEqual(await relay.open(request), refused);
      await until(() => (device?.offs ?? 0) >= 2, 'told to be off once more');
      assert.deepEqual(await relay.open(request), refused);
      assert.equal(device?.pulses, 1);
      device?.mend();
      await until(() => device?.isOn === false && relay.staysOn === false, 'off');
    });

    test(`${name}: a ${kind} relay whose pulse ends by itself raises no alarm and is told nothing more`, async (t) => {
      const { relay, problems, device } = await arrange(t, kind, { endsAfter: pulse });
      assert.equal((await relay.open(request)).outcome, 'pulsed');
      await until(() => device?.isOn === false, 'off by itself');
      // Longer than it could go on without a word.
      await sleep(waits.settle + waits.answer + 200);
      assert.deepEqual([problems, device?.offs, device?.pulses], [[], 0, 1]);
    });

    test(`${name}: a ${kind} relay that never says whether it is on is told of as silent`, async (t) => {
      const { relay, problems } = await arrange(t, kind);
      const expected = kind === 'shelly' ? 'gate-unreachable' : 'pulsed';
      assert.equal((await relay.open(request)).outcome, expected);
      await until(() => problems.length > 0, 'a problem');
      assert.deepEqual(problems, ['relay-silent']);
    });
  }

  for (const kind of KINDS)
    test(`${name}: a ${kind} relay is told nothing while the broker is away, and nothing comes later`, async (t) => {
      const { relay, device, box, board, cut, restore, settled } = await arrange(t, kind, {
        endsAfter: pulse,
      });
      await cut();
      await until(() => !box.connected && !board.connected, 'away');
      assert.equal(relay.alive, false);
      assert.deepEqual(await relay.open(request), { outcome: 'broker-disconnected' });
      await restore();
      await until(() => box.connected && board.connected, 'back');
      await settled();
      assert.equal(device?.pulses, 0);
      assert.equal((await relay.open(request)).outcome, 'pulsed');
      await until(() => device?.pulses === 1 && !device.isOn, 'one pulse');
      // A client that has heard of no end goes on asking.
      await settled();
    });

  test(`${name}: a Shelly answers on its own topic: its answer and its error are taken`, async (t) => {
    const { relay } = await arrange(t, 'shelly', { endsAfter: pulse });
    const outcome = await relay.open(request);
    assert.ok(outcome.outcome === 'pulsed' && outcome.latency !== undefined);

    const wrong = await arrange(t, 'shelly', { endsAfter: pulse }, { ...RELAYS.shelly, switch: 3 });
    const refused = await wrong.relay.open(request);
    assert.ok(refused.outcome === 'refused' && refused.reason === 'relay-error' && refused.unproven === true);
    assert.equal(wrong.device?.pulses, 0);
  });
}
