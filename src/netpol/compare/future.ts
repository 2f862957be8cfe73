import type { Cluster, Labels, Pod } from '../model/cluster.ts';
import { matches, type Selector } from '../selector/selector.ts';
import { portsOf, valueClasses, type Vocabulary } from './classes.ts';
import type { Variable } from './variables.ts';

type Residue = Selector | boolean;

/** What remains of a formula once one variable's value is known. */
function assign(formula: Selector, variable: Variable, value: string | undefined): Residue {
  switch (formula.op) {
    case 'all':
      return true;
    case 'global':
      return false;
    case 'not': {
      const inner = assign(formula.operand, variable, value);
      return typeof inner === 'boolean' ? !inner : { op: 'not', operand: inner };
    }
    case 'and':
    case 'or': {
      const absorbing = formula.op === 'or';
      const operands: Selector[] = [];
      for (const operand of formula.operands) {
        const inner = assign(operand, variable, value);
        if (inner === absorbing) return absorbing;
        if (typeof inner !== 'boolean') operands.push(inner);
      }
      return operands.length === 0 ? !absorbing : operands.length === 1 ? operands[0]! : { op: formula.op, operands };
    }
    default:
      return formula.key === variable ? matches(formula, () => value) : formula;
  }
}

interface State {
  readonly values: ReadonlyMap<Variable, string | undefined>;
  readonly residues: readonly Residue[];
  readonly key: string;
}

const labelValue = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;

/** Names of things to come; policies name at most some of them. */
const fresh = ['other', 'another', 'zq9', 'q7x'];

/** A value for each thing that the atoms of a variable can say together: absent, named, and what nobody names. */
function candidates(vocabulary: Vocabulary, variable: Variable, also: readonly string[], absent: boolean): (string | undefined)[] {
  const atoms = vocabulary.atoms.get(variable) ?? [];
  const texts = (op: string) => atoms.flatMap((atom) => (atom.op === op && 'value' in atom ? [atom.value] : []));
  const named = atoms.flatMap((atom) => ('values' in atom ? atom.values : []));
  const middles = texts('contains');
  const composed = ['', ...texts('starts with')].flatMap((head) =>
    ['', ...middles, middles.join('-')].flatMap((middle) => ['', ...texts('ends with')].map((tail) => `${head}${middle}${tail}`)),
  );
  const classOf = valueClasses(vocabulary, variable);
  const values = [...also, ...named, ...composed, ...fresh]
    .filter((value) => value !== '' || named.includes(''))
    .filter((value) => labelValue.test(value));
  const all: (string | undefined)[] = [...(absent ? [undefined] : []), ...values];
  return [...new Map(all.map((value) => [classOf(value), value])).values()];
}

export interface Future {
  readonly pods: readonly Pod[];
  readonly namespaces: ReadonlyMap<string, Labels>;
  readonly serviceAccounts: ReadonlyMap<string, Labels>;
  /** Namespaces with more kinds of endpoints than were looked at. */
  readonly undecided: readonly string[];
}

/**
 * Pods that do not exist but could: one for each set of formulas that can hold together, by labels, namespaces and service
 * accounts, and that no present pod has. Variables are given their values one after the other; states of which the same remains
 * to be said are one, so that independent labels do not multiply more than the rules make them.
 */
export function futurePods(cluster: Cluster, vocabulary: Vocabulary, hosts: readonly string[], limit = 4000): Future {
  const variables = [...vocabulary.atoms.keys()].filter((variable) => !variable.startsWith('='));
  const constants = [...vocabulary.atoms.keys()].filter((variable) => variable.startsWith('='));
  const begin = constants.reduce<Residue[]>(
    (list, constant) => list.map((r) => (typeof r === 'boolean' ? r : assign(r, constant, constant.slice(1) || undefined))),
    vocabulary.formulas.map((formula) => assign(formula, '', undefined)),
  );
  const serial = new Map<string, number>();
  const number = (residue: Residue): string => {
    if (typeof residue === 'boolean') return residue ? 't' : 'f';
    const text = JSON.stringify(residue);
    const id = serial.get(text) ?? serial.size;
    serial.set(text, id);
    return String(id);
  };
  /** Formulas of which nothing remains to be said take no part in what follows. */
  const step = (states: readonly State[], variable: Variable, values: (state: State) => readonly (string | undefined)[]): State[] => {
    const next = new Map<string, State>();
    for (const state of states) {
      for (const value of values(state)) {
        let changed = false;
        const residues = state.residues.map((residue) => {
          if (typeof residue === 'boolean') return residue;
          const now = assign(residue, variable, value);
          changed ||= now !== residue;
          return now;
        });
        const key = changed ? residues.map(number).join(',') : state.key;
        if (!next.has(key)) next.set(key, { values: new Map([...state.values, [variable, value]]), residues, key });
        if (next.size > limit) throw new RangeError('too many kinds of endpoints');
      }
    }
    return [...next.values()];
  };

  const pods: Pod[] = [];
  const namespaces = new Map<string, Labels>();
  const serviceAccounts = new Map<string, Labels>();
  const undecided: string[] = [];
  const byKind = (prefix: string) => variables.filter((variable) => variable.startsWith(prefix));
  const ports = [
    ...new Map([[], ...[...cluster.pods.values()].map((pod) => portsOf(pod, vocabulary))].map((p) => [JSON.stringify(p), p])).values(),
  ];
  const initial: State = { values: new Map(), residues: begin, key: begin.map(number).join(',') };
  const namespaceValues = candidates(vocabulary, 'ns', [...cluster.namespaces.keys()], false) as string[];
  const every = [...new Set([...cluster.namespaces.keys(), ...namespaceValues])];
  const seenStates = new Map<string, Pod>();

  for (const namespace of every) {
    const labels = cluster.namespaces.get(namespace);
    try {
      let states = step([initial], 'ns', () => [namespace]);
      for (const variable of byKind('nsl:')) {
        const key = variable.slice(4);
        const known = labels?.[key] ?? (key === 'kubernetes.io/metadata.name' ? namespace : undefined);
        const settled = labels !== undefined || key === 'kubernetes.io/metadata.name' || !fresh.includes(namespace);
        states = step(states, variable, () => (settled ? [known] : candidates(vocabulary, variable, [], true)));
      }
      const accounts = [...cluster.serviceAccounts.keys()]
        .filter((a) => a.startsWith(`${namespace}/`))
        .map((a) => a.slice(namespace.length + 1));
      if (byKind('sa').length > 0) {
        const names = [...new Set([...accounts, ...(candidates(vocabulary, 'sa', ['default'], false) as string[])])];
        // An account decides its labels: states of different accounts stay apart until these are told.
        states = states.flatMap((state) =>
          names.flatMap((name) => {
            const own = cluster.serviceAccounts.get(`${namespace}/${name}`);
            return byKind('sal:').reduce(
              (list, variable) =>
                step(list, variable, () =>
                  (own ?? !fresh.includes(name)) ? [own?.[variable.slice(4)]] : candidates(vocabulary, variable, [], true),
                ),
              step([state], 'sa', () => [name]),
            );
          }),
        );
        states = [...new Map(states.map((state) => [state.key, state])).values()];
      }
      for (const variable of byKind('label:')) states = step(states, variable, () => candidates(vocabulary, variable, [], true));
      for (const state of states) if (!seenStates.has(state.key)) seenStates.set(state.key, draft(state, namespace));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      undecided.push(namespace);
    }
  }

  for (const pod of seenStates.values()) {
    for (const node of hosts) {
      for (const namedPorts of ports) pods.push({ ...pod, name: `future-${pods.length + 1}`, node, namedPorts });
    }
  }
  return { pods, namespaces, serviceAccounts, undecided };

  function draft({ values }: State, inNamespace: string): Pod {
    const read = (prefix: string): Labels =>
      Object.fromEntries(
        [...values].flatMap(([v, value]) => (v.startsWith(prefix) && value !== undefined ? [[v.slice(prefix.length), value]] : [])),
      );
    const namespace = cluster.namespaces.has(inNamespace) ? inNamespace : named(namespaces, inNamespace, read('nsl:'));
    const account = values.get('sa') ?? 'default';
    const own = (name: string) => `${namespace}/${name}`;
    const known = cluster.serviceAccounts.has(own(account));
    const serviceAccount = known ? account : named(serviceAccounts, own(account), read('sal:')).slice(own('').length);
    return { namespace, name: '', labels: read('label:'), node: '', serviceAccount, namedPorts: [], hostNetwork: false, addresses: {} };
  }
}

/** New things of one name that differ in their labels get names of their own: `other`, `other-2`. */
function named(known: Map<string, Labels>, name: string, labels: Labels): string {
  for (let i = 1; ; i++) {
    const tried = i === 1 ? name : `${name}-${i}`;
    const before = known.get(tried);
    if (before === undefined) known.set(tried, labels);
    if (before === undefined || JSON.stringify(before) === JSON.stringify(labels)) return tried;
  }
}
