/** Where the input is the hub's own, paths that its contract can never fill, and conditions that it can never meet. */
import type { Node } from 'yaml';
import type { RuleMap } from '../../mapping/rule-map.ts';
import { memberNames, memberOf, placeOf, type Place } from '../contract-schema.ts';
import { nodesOf, partsOf, pathAt, rulesOf, textAt, valueAt, type Rule } from '../outline.ts';
import type { Check, Subject } from './check.ts';

/** What paths begin at, and the contract it belongs to. `item` undefined: not known. */
interface Origin {
  readonly contract: string;
  readonly root: Place;
  readonly item: Place | undefined;
}

export const sources: Check = (subject) => {
  const { head, document } = subject;
  const contract = textAt(head.map.get('from')) ?? '';
  if (!document.components.schemas[contract]) return;
  const root = placeOf(document, contract);
  for (const rule of rulesOf(head)) {
    const origin = { contract, root, item: itemOf(rule.parent, root, subject) };
    for (const part of partsOf(rule)) {
      for (const node of nodesOf(part.get('path'))) reachable(node, origin, subject);
      meetable(part, origin, subject);
    }
  }
};

function reachable(node: Node, { contract, root, item }: Origin, { document, tell }: Subject): void {
  const path = pathAt(node);
  let at = path?.fromRoot ? root : item;
  for (const step of path?.steps ?? []) {
    if (!at) return;
    const next: Place = memberOf(document, at, step.kind === 'name' ? step.name : '[]');
    if (next.schemas.length === 0 && !next.isOpen && at.schemas.length > 0) {
      const known = memberNames(at).join(', ');
      const has = known === '' ? '' : `; here it has ${known}`;
      tell(node, 'unreachable', `contract ${contract} has no "${step.upTo}"${has}; the path is always absent`);
      return;
    }
    at = next;
  }
}

/** A condition on a value as it stands there: one of its values must be allowed. */
function meetable(part: RuleMap, origin: Origin, subject: Subject): void {
  const [only, ...others] = nodesOf(part.get('path'));
  const isTreated = ['trim', 'after', 'before', 'split', 'normalise', 'case', 'as'].some((key) => part.has(key));
  if (!only || others.length > 0 || isTreated) return;
  const at = placeAt(only, origin, subject);
  if (!at || at.schemas.length === 0) return;
  for (const node of [...nodesOf(part.get('equals')), ...nodesOf(part.get('in'))]) {
    if (at.schemas.some((schema) => subject.keeps(schema, valueAt(node)))) continue;
    const message = `contract ${origin.contract} never has this value there, so the condition cannot hold`;
    subject.tell(node, 'unreachable', message);
  }
}

function placeAt(node: Node, { root, item }: Pick<Origin, 'root' | 'item'>, { document }: Subject): Place | undefined {
  const path = pathAt(node);
  const from = path?.fromRoot ? root : item;
  if (!path || !from) return undefined;
  return path.steps.reduce<Place>((at, step) => memberOf(document, at, step.kind === 'name' ? step.name : '[]'), from);
}

/** What the paths of the rules inside `rule` begin at. */
function itemOf(rule: Rule | undefined, root: Place, subject: Subject): Place | undefined {
  if (!rule) return root;
  const item = itemOf(rule.parent, root, subject);
  const each = rule.map.get('each');
  // The items of a group are { key, items }, which no contract describes.
  if (rule.map.has('group')) return undefined;
  if (!each) return item;
  const list = placeAt(each, { root, item }, subject);
  // A filter picks items on the way; a plain path ends at the list itself.
  return list && pathAt(each)?.steps.at(-1)?.kind === 'name' ? memberOf(subject.document, list, '[]') : list;
}
