/** One rule: which kind it is, and what every kind may carry (`when`, `default`, `required`). */
import type { Node } from 'yaml';
import { compileCondition } from './condition.ts';
import type { Site } from './mapping-error.ts';
import type { Place } from './observer.ts';
import type { Read } from './read.ts';
import { misfit, type RuleKind, type RuleScope } from './rule.ts';
import { jsonOf, partsOf, RuleMap, type Json } from './rule-map.ts';
import { RULE_KINDS } from './rules/index.ts';
import { Problem, type YamlFile } from './yaml-file.ts';

export const COMMON_KEYS = ['when', 'default', 'required'];

/** A rule as it stands in its file: for tools that look at mappings. */
export interface WrittenRule extends Site {
  readonly kind: string;
  /** The rule as JSON, e.g. { path: 'id', required: true }. */
  readonly written: Json;
}

/** Compiles the rules of one file; `sites` collects where each field is made. */
export class RuleCompiler {
  readonly sites = new Map<string, Site>();
  /** All rules, those inside others too, in the order of the file. */
  readonly rules: WrittenRule[] = [];
  private readonly file: YamlFile;
  private readonly table: RuleScope['table'];

  constructor(file: YamlFile, table: RuleScope['table']) {
    this.file = file;
    this.table = table;
  }

  /** A rule that does not compile is recorded with the file's problems, and the next one is tried. */
  rule(node: Node, field: string): Read {
    return this.file.attempt(
      () => this.compile(node, field),
      () => undefined,
    );
  }

  private compile(node: Node, field: string): Read {
    const rule = this.head(node, field);
    const { map, kind, site } = rule;
    const { file, line, column, observer } = site;
    this.sites.set(field, site);
    this.rules.push({ field, kind: kind.key, file, line, column, written: jsonOf(map.node) });
    const answer = this.body(rule);
    return observer?.rule(site, kind.key, answer) ?? answer;
  }

  private head(node: Node, field: string): RuleHead {
    const map = RuleMap.of(node, 'a rule such as { path: id } or { const: free }');
    const kind = kindOf(map);
    map.only([kind.key, ...kind.keys, ...COMMON_KEYS], `a rule of kind "${kind.key}"`);
    return { map, kind, site: { ...this.file.site(node, field), rule: kind.key } };
  }

  private body({ map, kind, site }: RuleHead): Read {
    const read = kind.compile(map, {
      site,
      rule: (inner, name) => this.rule(inner, name),
      operand: (inner, what) => this.body(this.head(inner, `${site.field} (${what})`)),
      table: this.table,
    });
    return withPresence(read, map, site);
  }
}

interface RuleHead {
  readonly map: RuleMap;
  readonly kind: RuleKind;
  readonly site: Place;
}

function kindOf(map: RuleMap): RuleKind {
  const named = RULE_KINDS.filter(({ key }) => map.has(key));
  const [kind, ...others] = named.filter((each) =>
    named.every((other) => other === each || each.keys.includes(other.key)),
  );
  if (kind && others.length === 0) return kind;
  const known = RULE_KINDS.map(({ key }) => key).join(', ');
  if (named.length === 0) throw new Problem(map.node, `a rule has one of ${known}; this one has none of them`);
  throw new Problem(
    map.node,
    `a rule has one of ${known}; these do not go together: ${named.map(({ key }) => key).join(', ')}`,
  );
}

/** First `when`, then the rule itself, then `default`, then `required`. */
function withPresence(read: Read, map: RuleMap, site: Place): Read {
  const { observer } = site;
  let answer = read;
  if (map.has('default')) {
    const value = map.json('default');
    const parts = partsOf(value);
    const fresh =
      parts > 1 || (typeof value === 'object' && value !== null)
        ? () => {
            site.budget.spend(parts, site);
            return structuredClone(value);
          }
        : () => value;
    const before = answer;
    const taken = observer?.fork({ ...site, what: 'default', outcomes: ['not needed', 'used'] });
    answer = (item, root) => {
      const found = before(item, root);
      taken?.(found === undefined ? 1 : 0);
      return found ?? fresh();
    };
  }
  if (map.flag('required') && !map.has('default')) {
    const before = answer;
    const sourcePath = sourceText(map);
    answer = (item, root) =>
      before(item, root) ??
      misfit(site, {
        sourcePath,
        found: 'absent',
        expected: 'a value, as the field is required',
        advice: 'Correct the path, give the rule a "default", or ask the vendor why it is missing.',
      });
  }
  const when = map.get('when');
  if (!when) return answer;
  const { holds } = compileCondition(when, site);
  const taken = observer?.fork({ ...site, what: 'when', outcomes: ['holds', 'does not hold'] });
  return (item, root) => {
    const does = holds(item, root);
    taken?.(does ? 0 : 1);
    return does ? answer(item, root) : undefined;
  };
}

function sourceText(map: RuleMap): string {
  const node = map.get('path') ?? map.get('each') ?? map.get('group') ?? map.get('expr');
  return node === undefined ? '.' : String(node).trim();
}
