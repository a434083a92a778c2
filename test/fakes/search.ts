/** The plainest 1:N search there is: every template, one after the other. test/contracts/search.ts holds the real one to it. */
import type { PersonId } from '../../src/base/ids.js';
import { type Distance, distance } from '../../src/base/units.js';
import { PHOTO } from '../../src/biometrics/conditions/capture-condition.js';
import { strictDistance } from '../../src/biometrics/conditions/centred.js';
import { type OffsetPlan, offsetsTo, RAW_PLAN } from '../../src/biometrics/conditions/offset-plan.js';
import type { GallerySnapshot } from '../../src/records/people/gallery-store.js';
import type { Nearest, OpenSearch, TemplateSearch } from '../../src/records/people/template-search.js';

export const bruteForce: OpenSearch = async (snapshot, metric) => ({
  ...searchBy(snapshot, metric, RAW_PLAN),
  centred: async (plan) => searchBy(snapshot, metric, plan),
});

function searchBy(
  { matrix, owners, conditions, dimension }: GallerySnapshot,
  metric: Parameters<OpenSearch>[1],
  plan: OffsetPlan,
): TemplateSearch {
  const all = (probe: Float32Array) =>
    owners.map((person, i) => ({
      person,
      distance: strictDistance(
        metric,
        matrix.subarray(i * dimension, (i + 1) * dimension),
        probe,
        offsetsTo(plan, conditions[i] ?? PHOTO),
      ),
    }));
  const least = (of: readonly { readonly person: PersonId; readonly distance: Distance }[]) =>
    of.reduce<(typeof of)[number] | undefined>(
      (best, one) => (one.distance < (best?.distance ?? Number.POSITIVE_INFINITY) ? one : best),
      undefined,
    );
  return {
    async nearest(probe): Promise<Nearest | undefined> {
      if (owners.length > 0 && probe.length !== dimension)
        throw Object.assign(new Error('dimension'), { code: 'model-failed' });
      const found = all(probe);
      const best = least(found);
      if (best === undefined) return undefined;
      const other = least(found.filter(({ person }) => person !== best.person));
      return other === undefined ? best : { ...best, runnerUp: other.distance };
    },
    async closest(probe, count) {
      const rows = all(probe)
        .map((one, row) => ({ ...one, row }))
        .sort((x, y) => x.distance - y.distance);
      const firsts = rows.filter(({ person }, i) => rows.findIndex((one) => one.person === person) === i);
      return firsts.slice(0, count);
    },
    against(probe, person) {
      const best = least(all(probe).filter((one) => one.person === person));
      return best === undefined ? undefined : distance(best.distance);
    },
    templatesOf: (probe, person) =>
      all(probe)
        .map((one, row) => ({ ...one, row }))
        .filter((one) => one.person === person),
    close: async () => {},
  };
}
