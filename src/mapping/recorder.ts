/** The observer that keeps a record: which rule made which field, of what, and which way every fork went. */
import { escapePointer } from '../domain/json-pointer.ts';
import type { Site } from './mapping-error.ts';
import type { Fork, Observer } from './observer.ts';
import type { Read } from './read.ts';
import { watchInput, type SourceValue } from './watched-input.ts';

/** One value of the output, and where it comes from. */
export interface MadeField extends Site {
  /** JSON pointer into the output, e.g. /identifiers/0/value; `field` is identifiers[].value. */
  readonly at: string;
  /** The kind of rule: path, const, text, table, time, expr, … */
  readonly rule: string;
  /** JSON pointers into the input: the values it was made of, in the order they were read. */
  readonly from: readonly string[];
  /** The values that were only asked about, by filters and conditions. */
  readonly asked: readonly string[];
}

/** One way that a fork can go, and how often it did. */
export interface Branch extends Site {
  readonly what: string;
  readonly outcome: string;
  readonly taken: number;
}

export interface Recorded {
  readonly made: readonly MadeField[];
  readonly source: readonly (SourceValue & { readonly read: boolean })[];
  readonly branches: readonly Branch[];
}

interface Frame {
  readonly from: Set<string>;
  readonly asked: Set<string>;
}

export class Recorder implements Observer {
  private readonly forks: { readonly fork: Fork; readonly taken: number[] }[] = [];
  private made: MadeField[] = [];
  private readonly output: string[] = [];
  private readonly frames: Frame[] = [];
  private questions = 0;

  /** Runs `work` on the input, and tells what it did, also when it threw. */
  record(input: unknown, work: (watched: unknown) => void): Recorded {
    this.made = [];
    this.output.length = 0;
    this.frames.length = 0;
    this.questions = 0;
    const watched = watchInput(input, (pointer) => this.sawRead(pointer));
    for (const { taken } of this.forks) taken.fill(0);
    work(watched.input);
    return { made: this.made, source: watched.values(), branches: this.branches() };
  }

  rule(site: Site, kind: string, read: Read): Read {
    return (item, root) => {
      const frame: Frame = { from: new Set(), asked: new Set() };
      const before = this.made.length;
      this.frames.push(frame);
      try {
        const value = read(item, root);
        // An object or a list is made by the rules inside it, unless there are none: then by its default.
        if (value !== undefined && this.made.length === before) {
          const { file, line, column, field } = site;
          const at = this.output.map((segment) => `/${segment}`).join('');
          this.made.push({ file, line, column, field, at, rule: kind, from: [...frame.from], asked: [...frame.asked] });
        }
        return value;
      } finally {
        this.frames.pop();
      }
    };
  }

  fork(fork: Fork): (outcome: number) => void {
    const taken = fork.outcomes.map(() => 0);
    this.forks.push({ fork, taken });
    return (outcome) => {
      taken[outcome] = (taken[outcome] ?? 0) + 1;
    };
  }

  within<T>(segment: string | number, work: () => T): T {
    this.output.push(escapePointer(segment));
    try {
      return work();
    } finally {
      this.output.pop();
    }
  }

  asking<T>(work: () => T): T {
    this.questions += 1;
    try {
      return work();
    } finally {
      this.questions -= 1;
    }
  }

  private sawRead(pointer: string): void {
    const frame = this.frames.at(-1);
    (this.questions > 0 ? frame?.asked : frame?.from)?.add(pointer);
  }

  /** Every way that every fork can go, and how often the last input made it go so. */
  branches(): Branch[] {
    return this.forks.flatMap(({ fork: { file, line, column, field, what, outcomes }, taken }) =>
      outcomes.map((outcome, index) => ({ file, line, column, field, what, outcome, taken: taken[index] ?? 0 })),
    );
  }
}
