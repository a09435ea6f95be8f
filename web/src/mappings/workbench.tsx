import { Button, Group, Paper, Select, SimpleGrid, Tabs, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useEffect, useState, type ReactNode } from 'react';
import { useMay } from '../api/may.ts';
import { sayProblem } from '../api/problem.ts';
import { Condition } from '../kit/state.tsx';
import { CodeEditor } from './code-editor.tsx';
import { mappingCompletion, offerPathsOf } from './completion.ts';
import { DiffDialog } from './diff-dialog.tsx';
import { exampleNames, inputIn, mappingFile, type Files } from './examples.ts';
import { MadeFields } from './made-fields.tsx';
import { ExampleCoverage } from './example-coverage.tsx';
import { pointersByLine } from './output-lines.ts';
import { SaveExample } from './save-example.tsx';
import { SaveDraft } from './save-draft.tsx';
import type { TryAnswer } from './try-answer.ts';
import { useTry } from './use-try.ts';

interface WorkbenchProps {
  readonly name: string;
  readonly connection: string;
  readonly version: number;
  readonly files: Files;
  /** What is shown below: of this input, or of all examples. */
  readonly tab: string | undefined;
}

const NO_FILES: Files = {};

/** Input, mapping, output. */
export function Workbench({ name, connection, version, files: given, tab = 'input' }: WorkbenchProps) {
  const [files, setFiles] = useState(given);
  const [file, setFile] = useState(mappingFile(given, name));
  const examples = exampleNames(files);
  const [example, setExample] = useState(examples[0] ?? '');
  const [input, setInput] = useState(inputIn(files[example]) ?? '');
  useEffect(() => offerPathsOf(input), [input]);
  const [compares, compare] = useDisclosure(false);
  const mayTry = useMay('tryMapping');
  const tried = useTry({ name, connection, files: mayTry ? files : NO_FILES, input });
  const isChanged = files !== given;
  const show = (path: string): void => {
    setExample(path);
    setInput(inputIn(files[path]) ?? '');
  };
  return (
    <>
      <Group justify="space-between">
        <Group gap="xs">
          <Text size="sm">{version === 0 ? 'Built in' : `Version ${version}`}</Text>
          {isChanged && <Condition colour="wait">changed, not saved</Condition>}
          <Verdict answer={tried.data} problem={tried.error} mayTry={mayTry} />
        </Group>
        {mayTry && (
          <Group gap="xs">
            <Button variant="default" onClick={compare.open}>
              Try on what was recorded
            </Button>
            <SaveDraft name={name} connection={connection} files={files} isChanged={isChanged} />
          </Group>
        )}
      </Group>
      <SimpleGrid cols={{ base: 1, md: 3 }} spacing="xs">
        <Pane
          title="Input"
          choice={
            <Select
              size="xs"
              aria-label="Example"
              data={examples.map((path) => ({ value: path, label: path.replace(/^examples\//, '') }))}
              value={example}
              allowDeselect={false}
              onChange={(path) => show(path ?? '')}
            />
          }
        >
          <CodeEditor label="Input" language="json" text={input} change={setInput} />
        </Pane>
        <Pane
          title="Mapping"
          choice={
            <Select
              size="xs"
              aria-label="File"
              data={Object.keys(files)}
              value={file}
              allowDeselect={false}
              onChange={(path) => setFile(path ?? file)}
            />
          }
        >
          <CodeEditor
            label="Mapping"
            language={file.endsWith('.json') ? 'json' : 'yaml'}
            text={files[file] ?? ''}
            {...(mayTry && {
              change: (text: string) => setFiles((old) => (old[file] === text ? old : { ...old, [file]: text })),
            })}
            faults={tried.data?.faults.filter((fault) => fault.file.endsWith(file)) ?? NONE}
            explain={(line) => explainRule(tried.data, file, line)}
            extension={mappingCompletion}
          />
        </Pane>
        <Pane
          title="Output"
          isBusy={tried.isFetching}
          choice={
            mayTry ? (
              <SaveExample name={name} connection={connection} files={files} input={input} saved={setFiles} />
            ) : (
              <Text size="xs" c="dimmed">
                What changed last is set off
              </Text>
            )
          }
        >
          <CodeEditor
            label="Output"
            language="json"
            text={tried.data?.output ?? ''}
            changed={tried.changed}
            explain={(line) => explainField(tried.data, line)}
          />
        </Pane>
      </SimpleGrid>
      <Tabs defaultValue={mayTry ? tab : 'examples'} keepMounted={false}>
        <Tabs.List>
          {mayTry && <Tabs.Tab value="input">This input</Tabs.Tab>}
          <Tabs.Tab value="examples">All examples</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="input" pt="sm">
          <MadeFields answer={tried.data} isTried={tried.isLoading} />
        </Tabs.Panel>
        <Tabs.Panel value="examples" pt="sm">
          <ExampleCoverage name={name} connection={connection} version={version} files={files} show={show} />
        </Tabs.Panel>
      </Tabs>
      {compares && <DiffDialog name={name} connection={connection} files={files} close={compare.close} />}
    </>
  );
}

const NONE: readonly never[] = [];

/** What a line of the mapping makes. */
function explainRule(answer: TryAnswer | undefined, file: string, line: number): string | undefined {
  return told(answer?.made.filter((each) => each.line === line && each.file.endsWith(file)) ?? [], ({ rule }) => rule);
}

/** What made a line of the output: the rule, where it stands, and of what. */
function explainField(answer: TryAnswer | undefined, line: number): string | undefined {
  const at = pointersByLine(answer?.output)[line - 1];
  return told(
    answer?.made.filter((each) => each.at === at) ?? [],
    ({ rule, file, line: of }) => `${rule}, ${file.split('/').at(-1)} line ${of}`,
  );
}

const told = (made: TryAnswer['made'], by: (field: TryAnswer['made'][number]) => string): string | undefined =>
  made.length === 0
    ? undefined
    : made
        .map((each) => [each.at, by(each), each.from.join(', ')].filter((part) => part !== '').join(' ← '))
        .join('\n');

interface PaneProps {
  readonly title: string;
  readonly choice: ReactNode;
  readonly isBusy?: boolean;
  readonly children: ReactNode;
}

const Pane = ({ title, choice, isBusy = false, children }: PaneProps) => (
  <Paper withBorder aria-busy={isBusy} component="section" aria-label={title} style={{ overflow: 'hidden' }}>
    <Group justify="space-between" px="xs" h={40} wrap="nowrap">
      <Text size="sm" fw={600}>
        {title}
      </Text>
      {choice}
    </Group>
    {children}
  </Paper>
);

const VERDICTS = {
  done: ['good', 'It fits'],
  misfit: ['bad', 'The input does not fit'],
  refused: ['bad', 'The mapping does not load'],
  stopped: ['bad', 'It was stopped: it took too long, or too much'],
} as const;

function Verdict({
  answer,
  problem,
  mayTry,
}: {
  readonly answer: TryAnswer | undefined;
  readonly problem: unknown;
  readonly mayTry: boolean;
}) {
  if (!mayTry) return <span className="quiet">An engineer can try and change it.</span>;
  if (problem) return <Condition colour="bad">{sayProblem(problem)}</Condition>;
  if (!answer) return null;
  const [colour, label] = VERDICTS[answer.kind];
  return (
    <span role="status">
      <Condition colour={colour}>{label}</Condition>
    </span>
  );
}
