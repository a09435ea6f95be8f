import type { Defect } from '../defect.ts';

export const defect: Defect = {
  name: 'no-version-check',
  what: 'If-Match is not compared: a client undoes a change that it has not seen',
  breaks: 'I6',
  hunt: { by: 'row', row: 'stale-version' },
  edits: [
    {
      file: 'src/commands/stale-version.ts',
      find: 'if (expected === undefined || expected === version) return;',
      replace: 'if (expected === undefined || expected !== -1) return;',
    },
  ],
};
