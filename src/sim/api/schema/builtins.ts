import { readGenerated } from './generated.ts';
import { categories, groupOrder, shortNames } from './resource-names.ts';

export interface BuiltinSubresource {
  /** Kind of its requests and answers, as policy/v1 Eviction for pods/eviction. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly verbs: readonly string[];
}

export interface BuiltinResource {
  /** '' for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  /** Alphabetical, as discovery lists them. */
  readonly verbs: readonly string[];
  /** Names alone, as `status`. */
  readonly subresources: readonly string[];
  readonly subresourceDetails: Readonly<Record<string, BuiltinSubresource>>;
}

type Discovered = Pick<BuiltinResource, 'group' | 'version' | 'plural' | 'kind' | 'namespaced' | 'verbs'> & {
  subresources: Record<string, BuiltinSubresource>;
};

const compare = (a: string | number, b: string | number): number => (a < b ? -1 : a > b ? 1 : 0);

/** Every resource that v1.36 serves by default, in the order of its discovery: groups by priority, the preferred version first. */
export const builtins: readonly BuiltinResource[] = (readGenerated('sim/api/schema/gen/resources.json.gz') as Discovered[])
  .map(({ group, version, plural, kind, namespaced, verbs, subresources }) => ({
    group,
    version,
    plural,
    singular: kind.toLowerCase(),
    kind,
    namespaced,
    shortNames: shortNames[plural] ?? [],
    categories: categories[group ? `${plural}.${group}` : plural] ?? [],
    verbs,
    subresources: Object.keys(subresources).sort(),
    subresourceDetails: subresources,
  }))
  .sort(
    (a, b) =>
      compare(groupOrder.indexOf(a.group), groupOrder.indexOf(b.group)) || compare(b.version, a.version) || compare(a.plural, b.plural),
  );
