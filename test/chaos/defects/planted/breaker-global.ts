import type { Defect } from '../defect.ts';

export const defect: Defect = {
  name: 'breaker-global',
  what: 'one breaker for all connections: a HIS that is away stops every other',
  breaks: 'I9',
  hunt: { by: 'row', row: 'breaker' },
  edits: [
    {
      file: 'src/connections/connection.ts',
      find: 'export class Connection {',
      replace: 'const all = new Set<Connection>();\n\nexport class Connection {',
    },
    {
      file: 'src/connections/connection.ts',
      find: `    this.#breaker.on('open', () => {`,
      replace: `    all.add(this);\n    this.#breaker.on('open', () => {`,
    },
    {
      file: 'src/connections/connection.ts',
      find: 'return this.#breaker.opened;',
      replace: 'return [...all].some((each) => each.#breaker.opened);',
    },
  ],
};
