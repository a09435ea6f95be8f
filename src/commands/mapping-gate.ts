/** Whether a new version may take over: nothing may change in recorded traffic that was not said to change. */
import { HubError } from '../domain/index.ts';
import type { MappingDiff, MappingTexts, MappingTools, NamedMapping, TouchedField } from './mapping-tools.ts';

export interface UnannouncedField extends TouchedField {
  readonly what: 'changes' | 'fails';
}

/** Errors: mapping-not-sound. */
export async function checkSound(
  tools: Pick<MappingTools, 'problems'>,
  of: NamedMapping,
  texts: MappingTexts,
): Promise<void> {
  const problems = await tools.problems(of, texts);
  if (problems.length === 0) return;
  throw new HubError(
    'mapping-not-sound',
    `The version has ${problems.length} problem(s): see "problems". Correct them in a new version; tessera map lint and map test find them, too.`,
    { members: { problems } },
  );
}

/** `announced`: fields such as `mode`, `name.family`, `identifiers[].value` or their pointers; each stands for all below it. */
export function unannounced(diff: MappingDiff, announced: readonly string[]): UnannouncedField[] {
  const said = announced.map(stepsOf);
  const isSaid = (field: string): boolean => {
    const steps = stepsOf(field);
    return said.some((each) => each.every((step, index) => step === steps[index]));
  };
  return [
    ...diff.changedFields.map((each) => ({ what: 'changes' as const, ...each })),
    ...diff.failedFields.map((each) => ({ what: 'fails' as const, ...each })),
  ].filter(({ field }) => !isSaid(field));
}

/** Of a mapping with `each` the output is a list; its items are meant. */
function stepsOf(field: string): string[] {
  const steps = field
    .replaceAll('[]', '/*')
    .split(/[/.]/)
    .filter((step) => step !== '');
  return steps[0] === '*' ? steps.slice(1) : steps;
}

export const refusedByGate = (fields: readonly UnannouncedField[], diff: MappingDiff): HubError =>
  new HubError(
    'mapping-changes-unannounced',
    `In ${diff.total} recorded inputs the version ${fields.map(({ what, field, messages }) => `${what} ${field || '/'} (${messages})`).join(', ')}. ` +
      'Announce these fields in a new version if that is meant; or publish with an override and its reason.',
    { members: { fields, total: diff.total } },
  );
