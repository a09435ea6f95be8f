/** Lines of an editor that are set off because they differ from what was there before. */
import { RangeSetBuilder, StateEffect, StateField } from '@codemirror/state';
import { Decoration, EditorView, type DecorationSet } from '@codemirror/view';

/** Numbers of lines, from 1, ascending. */
export const setChangedLines = StateEffect.define<readonly number[]>();

const MARK = Decoration.line({ class: 'cm-changed-line' });

export const changedLines = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marks, transaction) {
    const effect = transaction.effects.find((each) => each.is(setChangedLines));
    if (!effect) return marks.map(transaction.changes);
    const builder = new RangeSetBuilder<Decoration>();
    const { doc } = transaction.state;
    for (const line of effect.value) {
      if (line <= doc.lines) builder.add(doc.line(line).from, doc.line(line).from, MARK);
    }
    return builder.finish();
  },
  provide: (field) => EditorView.decorations.from(field),
});

/** The lines of `text` that `before` does not have at their place: enough to see what a keystroke has changed. */
export function linesChanged(before: string, text: string): number[] {
  const old = new Map<string, number>();
  for (const line of before.split('\n')) old.set(line, (old.get(line) ?? 0) + 1);
  return text.split('\n').flatMap((line, index) => {
    const left = old.get(line) ?? 0;
    old.set(line, left - 1);
    return left > 0 ? [] : [index + 1];
  });
}
