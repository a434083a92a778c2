import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SidedPhoto } from '../../../../src/biometrics/statistics/training-sets.js';
import { withShotsApart } from '../../../../src/lab/train/metric-learning/training-set.js';

const photo = (person: string, side: SidedPhoto['side'], shot?: string): SidedPhoto => ({
  person,
  side,
  embedding: new Float32Array(),
  shot,
});
const both = (person: string, shot: string) => [photo(person, 'template', shot), photo(person, 'live', shot)];
const told = (photos: readonly SidedPhoto[]) =>
  withShotsApart(photos).map(({ person, side, shot }) => `${person} ${side} ${shot ?? '-'}`);

for (const [name, photos, kept] of [
  [
    'every other shot stays a template, the others live faces',
    [...both('ada', '1'), ...both('ada', '2'), ...both('ada', '3')],
    ['ada template 1', 'ada live 2', 'ada template 3'],
  ],
  ['a person with one shot keeps the live face', both('bob', '1'), ['bob live 1']],
  [
    'a shot on both sides is a template where there is another live face',
    [...both('cyd', '1'), photo('cyd', 'live', '2')],
    ['cyd template 1', 'cyd live 2'],
  ],
  [
    'several copies of a shot stay together',
    [photo('dan', 'template', '1'), ...both('dan', '1'), ...both('dan', '2')],
    ['dan template 1', 'dan template 1', 'dan live 2'],
  ],
  [
    'two people who named their files alike do not matter to each other',
    [photo('ada', 'template', '1'), photo('bob', 'live', '1')],
    ['ada template 1', 'bob live 1'],
  ],
  [
    'what names no shot stays',
    [photo('eve', 'template'), photo('eve', 'live')],
    ['eve template -', 'eve live -'],
  ],
  [
    'what stands on one side stays',
    [photo('fay', 'live', '1'), photo('fay', 'live', '2')],
    ['fay live 1', 'fay live 2'],
  ],
] as const) {
  test(name, () => assert.deepEqual(told(photos), kept));
}
