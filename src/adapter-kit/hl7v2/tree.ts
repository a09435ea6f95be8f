/**
 * A message as a plain JSON tree, named so that a mapping's path reads like HL7's own:
 *   SCH-11.4                 component 4 of SCH-11 (a field is always an object of its components: SCH-25.1, never SCH-25)
 *   PID-5.1&2                a further subcomponent; PID-5.1 is the first
 *   PID-3~[5=MR].1           all repetitions of a field are under its name with ~; PID-3.1 is of the first
 *   AIS[1].AIS-3.1           all segments of one name; SCH-11 alone is of the first SCH
 *   RGS[*].AIS[0].AIS-3.1    what a group holds; PID leads a group too: PID[0].MRG[0].MRG-1~[*].1
 *   AIS[0].NTE[0].NTE-3.1    notes belong to the segment they follow
 *   segments[segment^=Z]     all segments, in order
 * What the sender left empty is absent; `""` is null.
 */
import { Hl7Error } from './hl7-error.ts';
import { GROUP_HEADS, isSegmentName, type Hl7Components, type Hl7Segment } from './segment.ts';

/** `segment` is the segment's name; 'AIS-3' and 'AIS-3~' are fields; 'NTE' and, in a group, 'AIS' and the like are segments. */
export interface Hl7SegmentTree {
  readonly segment: string;
  readonly [name: string]: string | Hl7Components | readonly Hl7Components[] | readonly Hl7SegmentTree[];
}

export interface Hl7Tree {
  readonly segments: readonly Hl7SegmentTree[];
  readonly [name: string]: Hl7Components | readonly Hl7Components[] | readonly Hl7SegmentTree[];
}

/** A message of a megabyte can be made of nothing but delimiters; no appointment has this many. */
const PARTS_MAX = 100_000;

/** A tree being built, and the lists of segments below it. */
interface Growing {
  readonly tree: Record<string, unknown>;
  readonly lists: Map<string, Hl7SegmentTree[]>;
}

export function treeOf(segments: readonly Hl7Segment[]): Hl7Tree {
  const inOrder: Hl7SegmentTree[] = [];
  const tree = { segments: inOrder };
  const root: Growing = { tree, lists: new Map() };
  let group: Growing | undefined;
  let before: Growing | undefined;
  let left = PARTS_MAX;
  for (const segment of segments) {
    const { node, parts } = nodeOf(segment, left);
    left -= parts;
    inOrder.push(node);
    // Only names that HL7 allows become names of the tree: a sender could otherwise write __proto__.
    if (!isSegmentName(segment.id)) continue;
    if (!root.lists.has(segment.id)) {
      const fields: Record<string, unknown> = tree;
      for (const name in node) if (name !== 'segment') fields[name] = node[name];
    }
    append(root, node);
    if (segment.id === 'NTE') {
      if (before) append(before, node);
      continue;
    }
    before = { tree: node, lists: new Map() };
    if (GROUP_HEADS.has(segment.id)) group = before;
    else if (group) append(group, node);
  }
  return tree;
}

function append({ tree, lists }: Growing, segment: Hl7SegmentTree): void {
  const list = lists.get(segment.segment);
  if (list) {
    list.push(segment);
    return;
  }
  const first = [segment];
  lists.set(segment.segment, first);
  tree[segment.segment] = first;
}

function nodeOf(segment: Hl7Segment, partsMax: number): { node: Hl7SegmentTree; parts: number } {
  const node: Record<string, Hl7SegmentTree[string]> & { segment: string } = { segment: segment.id };
  const names = namesOf(segment.id);
  const { fieldCount } = segment;
  let parts = 0;
  for (let number = 1; number <= fieldCount; number++) {
    const texts = segment.repetitions(number);
    if (texts.length === 0) continue;
    const repetitions = texts.map((text): Hl7Components => {
      const components = {};
      parts += 1 + segment.readComponents(number, text, components);
      if (parts > partsMax) throw new Hl7Error('too-many-parts', 0, `expected at most ${PARTS_MAX} parts of a message`);
      return components;
    });
    const name = (names[number] ??= [`${segment.id}-${number}`, `${segment.id}-${number}~`]);
    node[name[0]] = repetitions[0] ?? {};
    node[name[1]] = repetitions;
  }
  return { node, parts };
}

type FieldNames = [field: string, repetitions: string][];

/** Of the standard's segments. Made once: a name that is put together anew is looked for among all names of the process. */
const known = new Map<string, FieldNames>();
const KNOWN_MAX = 500;

function namesOf(segmentId: string): FieldNames {
  const names = known.get(segmentId) ?? [];
  if (names.length === 0 && known.size < KNOWN_MAX) known.set(segmentId, names);
  return names;
}
