import type { Direction } from '../../model/flow.ts';
import type { Box } from '../region/box.ts';
import { labelsKey, type Labelled } from '../region/labels.ts';
import type { Note } from '../region/bounds.ts';
import type { SourcePolicy, SourceRule } from '../flatten/source.ts';
import { entriesOf, type EntryOptions, type WrittenEntry } from './entries.ts';
import { selectorsOf } from './selectors.ts';

export type Section = 'ingress' | 'egress' | 'ingressDeny' | 'egressDeny';

interface OwnedEntry {
  readonly entry: WrittenEntry;
  /** Every rule whose meaning the entry is part of. */
  readonly rules: readonly SourceRule[];
}

/** What is said of one set of pods. */
interface SpecDraft {
  readonly subject: Labelled;
  readonly sections: Partial<Record<Section, OwnedEntry[]>>;
  /** `enforce`: default deny. `open`: what no entry denies stays allowed. */
  readonly defaults: Partial<Record<Direction, 'enforce' | 'open'>>;
}

/** What was written for a rule or, without one, for the default deny of a policy. */
export interface Written {
  readonly path: string;
  readonly rules: readonly SourceRule[];
}

/** Collects the specs of one policy by the pods that they are about. */
export class PolicyDraft {
  readonly source: SourcePolicy;
  readonly #specs = new Map<string, SpecDraft>();

  constructor(source: SourcePolicy) {
    this.source = source;
  }

  #spec(subject: Labelled): SpecDraft {
    const key = labelsKey(subject);
    const known = this.#specs.get(key) ?? { subject, sections: {}, defaults: {} };
    this.#specs.set(key, known);
    return known;
  }

  select(subject: Labelled, direction: Direction, mode: 'enforce' | 'open'): void {
    this.#spec(subject).defaults[direction] = mode;
  }

  add(boxes: readonly Box[], options: EntryOptions, open: boolean, rules: readonly SourceRule[], notes: Note[]): void {
    const section: Section = options.denies ? `${options.direction}Deny` : options.direction;
    const bySubject = new Map<string, Box[]>();
    for (const box of boxes) {
      const key = labelsKey(box.subject);
      const list = bySubject.get(key);
      if (list) list.push(box);
      else bySubject.set(key, [box]);
    }
    for (const group of bySubject.values()) {
      const entries = entriesOf(group, options, notes);
      if (entries.length === 0) continue;
      const spec = this.#spec(group[0]!.subject);
      if (open) spec.defaults[options.direction] ??= 'open';
      (spec.sections[section] ??= []).push(...entries.map((entry) => ({ entry, rules })));
    }
  }

  /** The specs as they are written, and what each part of them says. */
  write(): { specs: Record<string, unknown>[]; written: Written[] } {
    const namespace = this.source.policy.namespace;
    const drafts = [...this.#specs.values()].flatMap((draft) =>
      selectorsOf(draft.subject, namespace).map((selector) => ({ draft, selector })),
    );
    const written: Written[] = [];
    const specs = drafts.map(({ draft, selector }, i) => {
      const at = drafts.length === 1 ? 'spec' : `specs[${i}]`;
      const spec: Record<string, unknown> = { endpointSelector: selector };
      const open = (['ingress', 'egress'] as const).filter((direction) => draft.defaults[direction] === 'open');
      if (open.length > 0) spec['enableDefaultDeny'] = Object.fromEntries(open.map((direction) => [direction, false]));
      for (const direction of ['ingress', 'egress'] as const) {
        for (const section of [direction, `${direction}Deny`] as const) {
          const entries = draft.sections[section] ?? [];
          if (entries.length > 0) spec[section] = entries.map(({ entry }) => entry);
          // The empty entry names nobody, and puts the direction in default deny.
          else if (section === direction && draft.defaults[direction] === 'enforce') spec[section] = [{}];
          entries.forEach(({ rules }, j) => written.push({ path: `${at}.${section}[${j}]`, rules }));
        }
        if (draft.defaults[direction] === 'enforce') written.push({ path: `${at}.${direction}`, rules: [] });
      }
      return spec;
    });
    return { specs, written };
  }
}
