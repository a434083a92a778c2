/** What each verb of the command line writes into the journal of acts. A verb that is missing here fails the test beside it. */

/** The verb writes no act. */
export const READS = 'only reads';
export const NO_RIGHT = 'changes no one’s right to pass';

/** `elsewhere`: a test that is not cheap enough to be repeated here, by act. */
export interface Writes {
  readonly acts: readonly string[];
  readonly elsewhere?: Readonly<Record<string, string>>;
}

export type Entry = typeof READS | typeof NO_RIGHT | Writes;

const writes = (...acts: readonly string[]): Writes => ({ acts });
/** By tests that have what it takes: a camera's sums, a box that follows a fleet. */
const shownBy = (elsewhere: Readonly<Record<string, string>>): Writes => ({
  acts: Object.keys(elsewhere),
  elsewhere,
});

const ADAPT = 'test/cli/train/adapt-verb.test.ts';
const PEOPLE = 'test/records/people/gallery-acts.test.ts';
const UPKEEP = 'test/records/erasure/sqlite-upkeep.test.ts';
const IN_FORCE = 'test/service/in-force/in-force.test.ts';
const DISPUTES = 'test/records/disputes/sqlite-disputes.test.ts';
const AT_LANE = 'test/end-to-end/enroll-at-lane.test.ts';
const VIEWS = 'test/service/core-socket/live-views.test.ts';
const SETUP = 'test/end-to-end/setup.test.ts';
const FLEET = 'test/fleet/sqlite/fleet-acts.test.ts';

export const ACTS_OF_VERBS: Readonly<Record<string, Entry>> = {
  // It works in folders of its own.
  demo: NO_RIGHT,
  // The service, with "box" in the place of a user. What operators order are rows `command`.
  run: shownBy({
    'person-changed': PEOPLE,
    'person-removed': PEOPLE,
    'rules-changed': IN_FORCE,
    'models-changed': IN_FORCE,
    'keys-changed': IN_FORCE,
    'templates-expired': UPKEEP,
    'tombstones-expired': UPKEEP,
    // Asked for over the socket, with the person in the place of the box.
    'passage-disputed': DISPUTES,
    'dispute-undone': DISPUTES,
    'enrolled-at-lane': AT_LANE,
    'enrollment-refused': 'test/service/core-socket/enroll-at-lane.test.ts',
    'live-view-begun': VIEWS,
    'live-view-ended': VIEWS,
    'gallery-synced': FLEET,
    revoked: FLEET,
    'head-used': 'test/adaptation/evaluate-adaptation.test.ts',
  }),
  // The first person is enrolled by `enroll`, a process of its own.
  setup: shownBy({ 'gate-tested': SETUP, 'person-enrolled': SETUP }),
  completion: READS,
  doctor: READS,
  watch: READS,
  'cameras list': READS,
  'config example': READS,
  // Sends it: the box writes a row `command` with the operator. See ROWS_OF_ORDERS.
  command: NO_RIGHT,
  // Obeys signed grants; the journal is at the box.
  gate: NO_RIGHT,
  enroll: writes('person-enrolled'),
  'people list': READS,
  'people show': READS,
  'people consent': writes('person-changed'),
  'people groups': writes('person-changed'),
  // They ask the service over its socket, which writes the act.
  'people audit': shownBy({ 'person-changed': PEOPLE }),
  'people dispute': shownBy({ 'passage-disputed': DISPUTES }),
  'people disputes': shownBy({ 'dispute-undone': DISPUTES }),
  'people remove': writes('person-removed'),
  'people export': READS,
  'people import': writes('person-enrolled'),
  'people erase': writes('person-erased'),
  'people receipt': READS,
  'badge add': writes('person-changed'),
  'badge remove': writes('person-changed'),
  'badge release': writes('badge-released'),
  'badge list': READS,
  'gallery keys init': writes('fleet-founded'),
  'gallery keys site': writes('site-added'),
  'gallery keys rotate': writes('fleet-key-rotated'),
  'gallery keys renew': writes('fleet-keys-renewed'),
  'gallery keys list': READS,
  // A key that no registrar knows yet.
  'gallery device key': NO_RIGHT,
  'gallery device fingerprint': NO_RIGHT,
  'gallery device add': writes('device-added'),
  'gallery device remove': writes('device-removed'),
  'gallery device list': READS,
  'gallery publish': writes('gallery-published'),
  'gallery revoke': writes('revoked', 'revocation-undone'),
  'gallery status': READS,
  'fleet status': READS,
  // For the conformance suite: in a folder of its own.
  tuf: NO_RIGHT,
  sync: writes('gallery-synced'),
  'journal list': READS,
  'journal show': READS,
  'journal export': READS,
  'journal verify': READS,
  'backup now': NO_RIGHT,
  'backup list': READS,
  'backup restore': writes('database-restored'),
  // Never over a file that is there: a new key counts once a configuration names it, and the start writes `keys-changed`.
  'keys new gallery': NO_RIGHT,
  'keys new grant': NO_RIGHT,
  'keys new gate': NO_RIGHT,
  'keys new operator': NO_RIGHT,
  'keys rotate gallery': writes('gallery-key-rotated'),
  // Says what to do.
  'keys rotate grant': READS,
  'config check': READS,
  'config explain': READS,
  'config unit': READS,
  'config access-list': READS,
  'config schema': READS,
  'models list': READS,
  // Files that take effect at the next start, which writes `models-changed`.
  'models pull': NO_RIGHT,
  'models build': NO_RIGHT,
  'models verify': READS,
  'models publish': writes('models-published'),
  'models rollout status': READS,
  'models rollout advance': writes('rollout-advanced'),
  'models rollout halt': writes('rollout-halted'),
  'models rollout roll-back': writes('rollout-rolled-back'),
  'models reencode': shownBy({ 'person-changed': PEOPLE }),
  replay: READS,
  'evaluate verification': READS,
  'evaluate pairs': READS,
  'evaluate identification': READS,
  'evaluate clips': READS,
  'evaluate site': READS,
  'evaluate pad': READS,
  // Files that take effect at the next start, which writes `models-changed`.
  calibrate: NO_RIGHT,
  'adapt status': READS,
  'adapt now': shownBy({ 'head-used': 'test/adaptation/evaluate-adaptation.test.ts' }),
  'adapt use': shownBy({ 'head-used': ADAPT }),
  'adapt undo': shownBy({ 'head-undone': ADAPT }),
  'adapt forget': shownBy({ 'head-forgotten': ADAPT }),
  'train head': NO_RIGHT,
  'train reranker': NO_RIGHT,
};
