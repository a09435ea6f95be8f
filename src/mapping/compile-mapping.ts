/** One mapping file: its head, its rules, and the contracts on both sides. */
import type { ValidateFunction } from 'ajv';
import { isSeq, type Node } from 'yaml';
import { compileCondition } from './condition.ts';
import { RuleCompiler, type WrittenRule } from './compile-rule.ts';
import { heldTo, type Contract } from './contract.ts';
import { compileEach } from './each-item.ts';
import { typeFound, UnmappedCodeError } from './mapping-error.ts';
import type { Place } from './observer.ts';
import type { Read } from './read.ts';
import { misfit, type RuleScope } from './rule.ts';
import { itemsOf, RuleMap, textOf } from './rule-map.ts';
import { compileFields } from './rules/fields.ts';
import { Problem, type YamlFile } from './yaml-file.ts';

/** The part of the hub's contracts that mappings are held to. */
export interface Contracts {
  /** The validator of contracts/schemas/<name>.schema.json; throws when there is none. */
  validator(name: string): ValidateFunction;
}

export interface Mapping {
  readonly name: string;
  readonly file: string;
  readonly description: string;
  /** The contract of the input; held to in the examples only, as the hub itself made that input. */
  readonly from: ValidateFunction | undefined;
  /** The contract of every output item; held to on every `apply`. */
  readonly to: ValidateFunction | undefined;
  readonly contractNames: { readonly from: string | undefined; readonly to: string | undefined };
  readonly isList: boolean;
  /** All rules, those inside others too. */
  readonly rules: readonly WrittenRule[];
  /** Paths of the example files, below the mapping's directory. */
  readonly examples: readonly { readonly path: string; readonly at: Node }[];
  /** Translates one input. Throws MappingError. A list when the mapping has `each`, else an object. */
  apply(input: unknown, skip?: SkipUnmapped): unknown;
}

/** Given, items of `each` with a code that no table lists are left out, and told here, instead of failing the whole list. */
export type SkipUnmapped = (error: UnmappedCodeError) => void;

const HEAD_KEYS = ['mapping', 'description', 'from', 'to', 'expect', 'each', 'fields', 'examples'];

/** Undefined when the file has problems; they are then in `file.problems`. */
export function compileMapping(
  file: YamlFile,
  name: string,
  contracts: Contracts,
  table: RuleScope['table'],
): Mapping | undefined {
  const { root } = file;
  if (!root) return undefined;
  const mapping = file.attempt(() => compile(file, new RuleMap(root), name, contracts, table), undefined);
  return file.problems.length === 0 ? mapping : undefined;
}

function compile(file: YamlFile, map: RuleMap, name: string, contracts: Contracts, table: RuleScope['table']): Mapping {
  map.only(HEAD_KEYS, 'a mapping');
  if (textOf(map.required('mapping'), '"mapping"') !== name) {
    throw new Problem(map.get('mapping'), `"mapping" is the name of the file, "${name}"`);
  }
  const description = textOf(map.required('description'), '"description"');
  const site = file.site(map.required('fields'), '(all)');
  const compiler = new RuleCompiler(file, table);
  const fields = compileFields(map, (node, field) => compiler.rule(node, field), site, '');
  const to = contractAt(map, 'to', contracts);
  // At the top nothing is left out: an object that comes to nothing is for the contract to refuse.
  const object: Read = (item, root) => fields(item, root) ?? {};
  const one = to ? heldTo(to, object, site, compiler.sites) : object;
  let skip: SkipUnmapped | undefined;
  const orSkipped: Read = (item, root) => {
    try {
      return one(item, root);
    } catch (error) {
      if (!skip || !(error instanceof UnmappedCodeError)) throw error;
      skip(error);
      return undefined;
    }
  };
  const translate = map.has('each') ? listOf(compileEach(map, 'each', site, orSkipped)) : one;
  const expectations = expectationsOf(map, (node) => file.site(node, '(all)'));
  return {
    name,
    file: file.name,
    description,
    from: contractAt(map, 'from', contracts)?.validate,
    to: to?.validate,
    contractNames: { from: map.text('from'), to: to?.name },
    isList: map.has('each'),
    rules: compiler.rules,
    examples: itemsOf(map.required('examples'), '"examples"').map((at) => ({ at, path: textOf(at, 'an example') })),
    apply(input, skipping) {
      skip = skipping;
      file.budget.renew();
      for (const expectation of expectations) expectation(input);
      return translate(input, input);
    },
  };
}

const listOf =
  (list: Read): Read =>
  (item, root) =>
    list(item, root) ?? [];

function contractAt(map: RuleMap, key: 'from' | 'to', contracts: Contracts): Contract | undefined {
  const name = map.text(key);
  if (name === undefined) return undefined;
  try {
    return { name, validate: contracts.validator(name) };
  } catch (error) {
    throw new Problem(
      map.get(key),
      `"${key}" names no contract: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** What the input must look like to be read at all, e.g. that it is a Bundle and not an error. */
function expectationsOf(map: RuleMap, siteOf: (node: Node) => Place): ((input: unknown) => void)[] {
  const node = map.get('expect');
  if (!node) return [];
  return (isSeq(node) ? itemsOf(node, '"expect"') : [node]).map((each) => {
    const site = siteOf(each);
    const { holds, text, read } = compileCondition(each, site);
    return (input) => {
      if (holds(input, input)) return;
      misfit(site, {
        sourcePath: text,
        found: typeFound(read(input, input)),
        expected: 'what "expect" says of the input',
        advice: 'This is another kind of document: recognise it in the adapter before it is mapped.',
      });
    };
  });
}
