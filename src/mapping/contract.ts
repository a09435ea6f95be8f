/** Holds the output of a mapping to its contract. */
import type { ValidateFunction } from 'ajv';
import { pointerParts } from '../domain/json-pointer.ts';
import { typeFound, type Site } from './mapping-error.ts';
import type { Read } from './read.ts';
import { misfit } from './rule.ts';

export interface Contract {
  readonly name: string;
  readonly validate: ValidateFunction;
}

/** Checks each output; an error is shown at the rule that made the member in question, else at `whole`. */
export function heldTo(contract: Contract, read: Read, whole: Site, sites: ReadonlyMap<string, Site>): Read {
  return (item, root) => {
    const output = read(item, root);
    if (contract.validate(output)) return output;
    const [error] = contract.validate.errors ?? [];
    const missing = error?.keyword === 'required' ? `/${String(error.params['missingProperty'])}` : '';
    const pointer = `${error?.instancePath ?? ''}${missing}`;
    const segments = pointerParts(pointer);
    return misfit(siteOf(segments, sites) ?? { ...whole, field: segments.join('.') || whole.field }, {
      sourcePath: `output ${pointer}`.trim(),
      found: typeFound(memberAt(output, segments)),
      // The validator's words are made of the schema alone, never of the value.
      expected: `what contract ${contract.name} says (it ${error?.message ?? 'is not met'})`,
      advice: 'Correct the rule, add the one that is missing, or give it a default.',
    });
  };
}

/** The innermost rule that made the member: `identifiers[].value` for /identifiers/0/value. */
function siteOf(segments: readonly string[], sites: ReadonlyMap<string, Site>): Site | undefined {
  let innermost: { readonly site: Site; readonly depth: number } | undefined;
  for (const [field, site] of sites) {
    const parts = field.split(/\.|(?=\[)/);
    if (parts.length <= (innermost?.depth ?? 0)) continue;
    if (parts.every((part, index) => isMade(part, segments[index]))) innermost = { site, depth: parts.length };
  }
  return innermost?.site;
}

const isMade = (part: string, segment: string | undefined): boolean =>
  part === segment || part === `[${segment}]` || (part === '[]' && segment !== undefined && /^\d+$/.test(segment));

function memberAt(output: unknown, segments: readonly string[]): unknown {
  let member = output;
  for (const segment of segments) {
    if (typeof member !== 'object' || member === null) return undefined;
    member = Object.getOwnPropertyDescriptor(member, segment)?.value;
  }
  return member;
}
