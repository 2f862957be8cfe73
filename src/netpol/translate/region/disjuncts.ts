import { counts } from '../../evaluate/cilium/identity.ts';
import type { Selector } from '../../selector/selector.ts';
import { matches } from '../../selector/selector.ts';
import { exactly, type Bounds, type Note } from './bounds.ts';
import { TooManyBoxes } from './box.ts';
import {
  anyPod,
  complement,
  impossible,
  meetLabels,
  only,
  present,
  presentBut,
  withoutLabels,
  type Labelled,
  type Values,
} from './labels.ts';
import type { Setting } from './setting.ts';

export type Disjuncts = readonly Labelled[];

const mostDisjuncts = 64;

const few = (list: Labelled[]): Labelled[] => {
  if (list.length > mostDisjuncts) throw new TooManyBoxes(`the selector has more than ${mostDisjuncts} disjuncts`);
  return list;
};

export const both = (a: Disjuncts, b: Disjuncts): Disjuncts =>
  few(a.flatMap((left) => b.flatMap((right) => meetLabels(left, right) ?? [])));

export const negated = (list: Disjuncts): Disjuncts =>
  list.reduce<Labelled[]>((left, hole) => few(left.flatMap((part) => withoutLabels(part, hole))), [anyPod]);

/** What is exact stays so to the eye: lower and upper are one list then. */
const isExact = <T>({ lower, upper }: Bounds<T>): boolean => lower === upper;

export const bothBounds = (a: Bounds<Disjuncts>, b: Bounds<Disjuncts>): Bounds<Disjuncts> =>
  isExact(a) && isExact(b) ? exactly(both(a.lower, b.lower)) : { lower: both(a.lower, b.lower), upper: both(a.upper, b.upper) };
export const negatedBounds = (bounds: Bounds<Disjuncts>): Bounds<Disjuncts> =>
  isExact(bounds) ? exactly(negated(bounds.lower)) : { lower: negated(bounds.upper), upper: negated(bounds.lower) };

/** Where Calico's key is found in Cilium's terms. */
type Place =
  | { readonly kind: 'label'; readonly key: string }
  | { readonly kind: 'constant'; readonly value: string }
  | { readonly kind: 'account'; readonly key: string }
  | { readonly kind: 'ignored'; readonly key: string };

function placeOf(key: string): Place {
  if (key === 'projectcalico.org/orchestrator') return { kind: 'constant', value: 'k8s' };
  if (['projectcalico.org/namespace', 'pcns.projectcalico.org/name', 'pcns.kubernetes.io/metadata.name'].includes(key))
    return { kind: 'label', key: 'namespace' };
  if (['projectcalico.org/serviceaccount', 'pcsa.projectcalico.org/name'].includes(key)) return { kind: 'label', key: 'serviceaccount' };
  if (key.startsWith('pcns.')) return { kind: 'label', key: `namespace:${key.slice(5)}` };
  if (key.startsWith('pcsa.')) return { kind: 'account', key: key.slice(5) };
  return counts(key) ? { kind: 'label', key: `pod:${key}` } : { kind: 'ignored', key };
}

const observedBySetting = new WeakMap<Setting, Map<string, Set<string>>>();

/** Values that labels have in the described cluster. */
function observed(setting: Setting, key: string): Set<string> {
  let known = observedBySetting.get(setting);
  if (!known) {
    known = new Map();
    const note = (at: string, value: string) => known!.set(at, (known!.get(at) ?? new Set()).add(value));
    for (const pod of setting.cluster.pods.values()) {
      for (const [label, value] of Object.entries(pod.labels)) note(`pod:${label}`, value);
      note('namespace', pod.namespace);
      note('serviceaccount', pod.serviceAccount);
    }
    for (const [name, labels] of setting.cluster.namespaces) {
      note('namespace', name);
      for (const [label, value] of Object.entries(labels)) note(`namespace:${label}`, value);
    }
    observedBySetting.set(setting, known);
  }
  return known.get(key) ?? new Set();
}

const one = (key: string, values: Values): Disjuncts => (impossible(values) ? [] : [new Map([[key, values]])]);

/** The pods that a Calico selector means, in the terms of Cilium's identities. Notes say where that is not exact. Throws TooManyBoxes. */
export function podsOf(setting: Setting, selector: Selector, notes: Note[]): Bounds<Disjuncts> {
  switch (selector.op) {
    case 'all':
      return exactly([anyPod]);
    case 'global':
      return exactly([]);
    case 'not':
      return negatedBounds(podsOf(setting, selector.operand, notes));
    case 'and':
      return selector.operands.map((operand) => podsOf(setting, operand, notes)).reduce(bothBounds, exactly<Disjuncts>([anyPod]));
    case 'or': {
      const operands = selector.operands.map((operand) => podsOf(setting, operand, notes));
      const joined = (side: 'lower' | 'upper') => few(operands.flatMap((operand) => operand[side]));
      return operands.every(isExact) ? exactly(joined('lower')) : { lower: joined('lower'), upper: joined('upper') };
    }
    default:
      return atom(setting, selector, notes);
  }
}

type Atom = Extract<Selector, { key: string }>;

function atom(setting: Setting, selector: Atom, notes: Note[]): Bounds<Disjuncts> {
  const place = placeOf(selector.key);
  switch (place.kind) {
    case 'constant':
      return exactly(matches(selector, () => place.value) ? [anyPod] : []);
    case 'account':
      return accounts(setting, selector, notes);
    case 'ignored':
      notes.push({
        why: `label ${place.key} is no part of a Cilium identity`,
        differs: `pods that only this label tells apart`,
        fix: 'give the pods a label of your own and select by it',
        inexpressible: true,
      });
      return { lower: [], upper: [anyPod] };
    case 'label':
      return byLabel(setting, selector, place.key, notes);
  }
}

function byLabel(setting: Setting, selector: Atom, key: string, notes: Note[]): Bounds<Disjuncts> {
  if (selector.op === 'has') return exactly(one(key, present));
  if ('values' in selector) {
    const listed = only(...selector.values);
    return exactly(one(key, selector.op === 'in' ? listed : complement(key, listed)));
  }
  const values = [...observed(setting, key)].sort();
  const fitting = values.filter((value) => matches(selector, () => value));
  const others = values.filter((value) => !fitting.includes(value));
  notes.push({
    why: `${selector.op} '${selector.value}' became the values that the cluster has: ${fitting.join(', ') || 'none'}`,
    differs: `pods with a value of ${selector.key} that the cluster does not have today: they are not admitted`,
    fix: setting.known ? 'translate again when a new value appears, or use a label of its own' : 'give the cluster by --cluster',
    ...(fitting.length === 0 && { inexpressible: true }),
  });
  return { lower: one(key, only(...fitting)), upper: one(key, presentBut(...others)) };
}

/** Labels of service accounts are no part of an identity: they become the names that have them. */
function accounts(setting: Setting, selector: Atom, notes: Note[]): Bounds<Disjuncts> {
  const key = selector.key.slice(5);
  const found = new Map<string, { yes: string[]; no: string[] }>();
  const all = new Set([
    ...setting.cluster.serviceAccounts.keys(),
    ...[...setting.cluster.pods.values()].map((pod) => `${pod.namespace}/${pod.serviceAccount}`),
  ]);
  for (const account of [...all].sort()) {
    const [namespace = '', name = ''] = account.split('/');
    const labels = setting.cluster.serviceAccounts.get(account) ?? {};
    const fits = matches(selector, () => (Object.hasOwn(labels, key) ? labels[key] : undefined));
    const lists = found.get(namespace) ?? { yes: [], no: [] };
    lists[fits ? 'yes' : 'no'].push(name);
    found.set(namespace, lists);
  }
  notes.push({
    why: 'labels of service accounts became the names of the accounts that have them',
    differs: 'pods whose service account is created or labelled later: they are not admitted',
    fix: setting.known ? 'translate again when accounts change, or name the accounts' : 'give the cluster by --cluster',
    ...(!setting.known && { inexpressible: true }),
  });
  const per = (pick: (lists: { yes: string[]; no: string[] }) => Values): Labelled[] =>
    [...found].map(
      ([namespace, lists]) =>
        new Map([
          ['namespace', only(namespace)],
          ['serviceaccount', pick(lists)],
        ]),
    );
  const lower = per(({ yes }) => only(...yes)).filter((labels) => labels.get('serviceaccount')!.values.size > 0);
  const upper = [...per(({ no }) => presentBut(...no)), new Map([['namespace', presentBut(...found.keys())]])];
  return { lower, upper };
}
