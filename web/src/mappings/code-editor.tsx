/** CodeMirror, as the workbench needs it: text, its faults, and the lines that have changed. */
import { json } from '@codemirror/lang-json';
import { yaml } from '@codemirror/lang-yaml';
import { lintGutter, setDiagnostics, type Diagnostic } from '@codemirror/lint';
import { Compartment, EditorState, type Extension } from '@codemirror/state';
import { EditorView, hoverTooltip } from '@codemirror/view';
import { useComputedColorScheme } from '@mantine/core';
import { basicSetup } from 'codemirror';
import { useEffect, useRef } from 'react';
import { nonce } from '../nonce.ts';
import { editorColours } from './editor-colours.ts';
import { changedLines, setChangedLines } from './changed-lines.ts';
import type { Fault } from './try-answer.ts';

interface CodeEditorProps {
  readonly label: string;
  readonly text: string;
  readonly language: 'json' | 'yaml';
  /** Undefined: only to be read. */
  readonly change?: (text: string) => void;
  readonly faults?: readonly Fault[];
  /** Counted from 1. */
  readonly changed?: readonly number[];
  /** What to say of the line under the pointer. */
  readonly explain?: (line: number) => string | undefined;
  /** Further abilities; those that it was first shown with. */
  readonly extension?: Extension;
}

const NO_EXTENSION: Extension = [];

export function CodeEditor({
  label,
  text,
  language,
  change,
  faults,
  changed,
  explain,
  extension = NO_EXTENSION,
}: CodeEditorProps) {
  const frame = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  const colours = useRef(new Compartment());
  const present = useRef({ change, explain });
  useEffect(() => {
    present.current = { change, explain };
  });
  const scheme = useComputedColorScheme();
  const isReadOnly = change === undefined;

  useEffect(() => {
    if (!frame.current) return undefined;
    const editor = new EditorView({
      parent: frame.current,
      state: EditorState.create({
        extensions: [
          EditorView.cspNonce.of(nonce),
          basicSetup,
          EditorView.lineWrapping,
          language === 'json' ? json() : yaml(),
          lintGutter(),
          extension,
          changedLines,
          colours.current.of([]),
          EditorState.readOnly.of(isReadOnly),
          EditorView.contentAttributes.of({ 'aria-label': label }),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) present.current.change?.(update.state.doc.toString());
          }),
          hoverTooltip((shown, at) => tooltipOf(present.current.explain?.(shown.state.doc.lineAt(at).number), at)),
        ],
      }),
    });
    // What scrolls must be reached by keys, also where nothing can be typed (WCAG 2.1.1).
    editor.scrollDOM.tabIndex = 0;
    view.current = editor;
    return () => editor.destroy();
  }, [language, label, isReadOnly, extension]);

  useEffect(() => {
    const old = view.current?.state.doc.toString();
    if (view.current && old !== text)
      view.current.dispatch({ changes: { from: 0, to: old?.length ?? 0, insert: text } });
  }, [text, language, isReadOnly]);
  useEffect(
    () => view.current?.dispatch({ effects: colours.current.reconfigure(editorColours(scheme)) }),
    [scheme, language, isReadOnly],
  );
  useEffect(() => {
    const editor = view.current;
    if (editor)
      editor.dispatch(
        setDiagnostics(
          editor.state,
          (faults ?? []).map((fault) => diagnosticOf(editor.state, fault)),
        ),
      );
  }, [faults, text]);
  useEffect(() => view.current?.dispatch({ effects: setChangedLines.of(changed ?? []) }), [changed, text]);
  return <div ref={frame} className="code" />;
}

function diagnosticOf({ doc }: EditorState, { line, column, message }: Fault): Diagnostic {
  const at = doc.line(Math.min(Math.max(1, line), doc.lines));
  const from = Math.min(at.from + Math.max(0, column - 1), at.to);
  return { from, to: Math.max(from, at.to), severity: 'error', message };
}

function tooltipOf(text: string | undefined, pos: number) {
  if (text === undefined) return null;
  return {
    pos,
    create: () => {
      const dom = document.createElement('div');
      dom.className = 'code-tip';
      dom.textContent = text;
      return { dom };
    },
  };
}
