/** Holds the fields of a mapping to the contract of its output, before any message is mapped. */
import type { Node } from 'yaml';
import { memberNames, memberOf, placeOf, requiredNames, type Place } from '../contract-schema.ts';
import { jsonAt, mapOf, nodesOf, pathAt, textAt, valueAt, type Rule } from '../outline.ts';
import type { Check, Subject } from './check.ts';

export const targets: Check = (subject) => {
  const { head, document } = subject;
  const contract = textAt(head.map.get('to'));
  if (contract === undefined || !document.components.schemas[contract]) return;
  object(head, placeOf(document, contract), contract, subject);
};

/** A rule with `fields`: what the contract requires is there, and nothing that it does not know. */
function object(rule: Rule, place: Place, contract: string, subject: Subject): void {
  const fields = mapOf(rule.map.get('fields'));
  if (!fields || place.schemas.length === 0) return;
  const missing = requiredNames(place).filter((name) => !fields.has(name));
  if (missing.length > 0) {
    const message = `contract ${contract} requires ${missing.join(', ')}${inside(rule)}; add a rule for each`;
    subject.tell(rule.map.required('fields'), 'missing-target', message);
  }
  for (const child of rule.children) {
    const name = fields.keys.find((key) => fields.get(key) === child.node);
    if (name === undefined) continue;
    const member = memberOf(subject.document, place, name);
    if (member.schemas.length === 0 && !member.isOpen) {
      const message = `contract ${contract} has no "${name}"${inside(rule)}; it has ${memberNames(place).join(', ')}`;
      subject.tell(child.node, 'unknown-target', message);
    } else value(child, member, contract, subject);
  }
}

function value(rule: Rule, place: Place, contract: string, subject: Subject): void {
  const { map } = rule;
  const items = (): Place => memberOf(subject.document, place, '[]');
  if (map.has('first')) for (const child of rule.children) value(child, place, contract, subject);
  else if (map.has('each') || map.has('group')) object(rule, items(), contract, subject);
  else if (map.has('list')) for (const child of rule.children) value(child, items(), contract, subject);
  else object(rule, place, contract, subject);
  for (const [what, node, isItem] of written(rule, subject)) {
    const at = isItem ? items() : place;
    if (at.schemas.length === 0 || at.schemas.some((schema) => subject.keeps(schema, node.value))) continue;
    subject.tell(
      node.at,
      'never-fits',
      `${what} is nothing that contract ${contract} allows for "${rule.field}"${allowed(at)}`,
    );
  }
}

type Written = readonly [what: string, node: { readonly at: Node; readonly value: unknown }, isItem: boolean];

/** Values that stand in the file, or in a code table of it. */
function* written({ map }: Rule, subject: Subject): Generator<Written> {
  for (const key of ['const', 'default'] as const) {
    const at = map.get(key);
    if (at) yield [`this ${key === 'const' ? 'constant' : '"default"'}`, { at, value: jsonAt(at) }, false];
  }
  const isList = nodesOf(map.get('path')).some((node) =>
    pathAt(node)?.steps.some((step) => step.kind === 'pick' && step.take === 'all'),
  );
  const unmapped = mapOf(map.get('unmapped'))?.get('default');
  if (unmapped) yield ['this "default" of unmapped codes', { at: unmapped, value: jsonAt(unmapped) }, isList];
  const at = map.get('table');
  const table = subject.table(textAt(at) ?? '');
  if (!at || !table || valueAt(map.get('reverse')) === true) return;
  for (const code of new Set(table.toCanonical.values()))
    yield [`the canonical code "${code}" of ${table.name}`, { at, value: code }, isList];
}

const inside = ({ field }: Rule): string => (field === '' ? '' : ` in "${field}"`);

function allowed({ schemas }: Place): string {
  const values = schemas.flatMap((schema) => (Array.isArray(schema['enum']) ? schema['enum'].map(String) : []));
  return values.length === 0 ? '' : `; it allows ${values.join(', ')}`;
}
