/**
 * Of each verb that changes something: whether it can be undone. What destroys, takes a right away or replaces a key shows whom
 * it means, asks, and has `--yes` and `--dry-run`. A verb that is missing here fails the test beside it.
 */

/** By the words of the verb: when it asks. */
export const ASKING_VERBS: Readonly<Record<string, 'always' | `with --${string}`>> = {
  'people remove': 'always',
  'people erase': 'always',
  'people import': 'with --remove-missing',
  'badge remove': 'always',
  'badge release': 'always',
  'gallery keys rotate': 'always',
  'gallery device remove': 'always',
  'gallery revoke': 'always',
  'models rollout roll-back': 'always',
  'keys rotate gallery': 'always',
  'backup restore': 'always',
  'adapt undo': 'always',
  'adapt forget': 'always',
};

/** Does not ask, because nothing is lost: what undoes it, or why there is nothing to undo. */
export const UNASKED_VERBS: Readonly<Record<string, string>> = {
  demo: 'folders of its own',
  setup: 'the configuration of before is kept as .bak',
  run: 'the service',
  command: 'an order of the moment, often in a hurry; the next one replaces it',
  gate: 'the gate itself',
  enroll: 'people remove; enroll again',
  'people consent': 'people consent, the other way; templates are kept',
  'people groups': 'people groups, the other way',
  'people audit': 'people audit, with another place',
  'people dispute': 'people disputes --undo',
  'people disputes': 'people dispute',
  'badge add': 'badge remove; from another person only with --move, and back with it',
  'gallery keys init': 'refuses where a fleet is',
  'gallery keys site': 'refuses where the site is',
  'gallery keys renew': 'the same keys sign for longer',
  'gallery device key': 'never over a file',
  'gallery device fingerprint': 'makes the box’s key where none is',
  'gallery device add': 'gallery device remove, or add with the recipient that the act names',
  'gallery publish': 'the next version',
  tuf: 'folders of its own',
  sync: 'what the registrar publishes',
  'backup now': 'one copy more',
  'keys new gallery': 'never over a file',
  'keys new grant': 'never over a file',
  'keys new gate': 'never over a file',
  'keys new operator': 'never over a file',
  'models pull': 'files that can be had again',
  'models build': 'files that can be had again',
  'models publish': 'models rollout roll-back',
  'models rollout advance': 'models rollout halt; models rollout roll-back',
  'models rollout halt': 'models rollout advance',
  'models reencode': 'adds templates; the others stay',
  calibrate: 'a file that was named',
  'adapt now': 'adapt undo',
  'adapt use': 'adapt undo',
  'train head': 'a file that was named',
  'train reranker': 'a file that was named',
};
