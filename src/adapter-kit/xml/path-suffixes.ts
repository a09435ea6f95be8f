/** Ends of paths, such as `h:ListAppointments/h:Appointment`, asked for once per element. */
export class PathSuffixes {
  readonly #byLast = new Map<string, string[][]>();
  readonly #byParent = new Map<string, string[][]>();

  constructor(suffixes: readonly string[]) {
    for (const suffix of suffixes) {
      const steps = suffix.split('/');
      add(this.#byLast, steps.at(-1) ?? '', steps);
      const parent = steps.at(-2);
      if (parent !== undefined) add(this.#byParent, parent, steps);
    }
  }

  /** True when `path` ends in one of them. */
  has(path: readonly string[]): boolean {
    const candidates = this.#byLast.get(path.at(-1) ?? '');
    return candidates?.some((steps) => endsWith(path, steps)) ?? false;
  }

  /** Last steps of those whose other steps `path` ends in. */
  below(path: readonly string[]): string[] {
    const candidates = this.#byParent.get(path.at(-1) ?? '') ?? [];
    return candidates.filter((steps) => endsWith(path, steps.slice(0, -1))).map((steps) => steps.at(-1) ?? '');
  }
}

function endsWith(path: readonly string[], steps: readonly string[]): boolean {
  const begin = path.length - steps.length;
  return begin >= 0 && steps.every((step, index) => path[begin + index] === step);
}

function add(into: Map<string, string[][]>, key: string, steps: string[]): void {
  const known = into.get(key);
  if (known === undefined) into.set(key, [steps]);
  else known.push(steps);
}
