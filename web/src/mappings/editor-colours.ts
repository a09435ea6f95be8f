import { HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { EditorView } from '@codemirror/view';
import { tags } from '@lezer/highlight';

/** As the rest of the console; contrast as in WCAG 2.2, 1.4.3, by light and by dark. */
export function editorColours(scheme: 'light' | 'dark') {
  const isDark = scheme === 'dark';
  const [key, text, number, comment] = isDark
    ? ['#91a7ff', '#8ce99a', '#ffc078', '#b3b9c0']
    : ['#364fc7', '#2b6e3f', '#a63e00', '#5c6670'];
  return [
    EditorView.theme(
      {
        '&': { fontSize: '12.5px', backgroundColor: 'transparent', color: 'inherit' },
        '.cm-gutters': { backgroundColor: 'transparent', border: 'none', color: 'var(--mantine-color-dimmed)' },
        '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'var(--mantine-color-default-hover)' },
        '.cm-changed-line': { backgroundColor: isDark ? 'rgba(255, 192, 120, 0.16)' : 'rgba(255, 212, 59, 0.28)' },
        '.cm-tooltip': {
          backgroundColor: 'var(--mantine-color-body)',
          border: '1px solid var(--mantine-color-default-border)',
        },
      },
      { dark: isDark },
    ),
    syntaxHighlighting(
      HighlightStyle.define([
        { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: key ?? '' },
        { tag: [tags.string, tags.content], color: text ?? '' },
        { tag: [tags.number, tags.bool, tags.null], color: number ?? '' },
        { tag: tags.comment, color: comment ?? '' },
      ]),
    ),
  ];
}
