import type { Defect } from '../defect.ts';

export const defect: Defect = {
  name: 'conflict-ignored',
  what: 'an answer 409 (the slot is taken) is taken for a success',
  breaks: 'I3',
  hunt: { by: 'simulation' },
  edits: [{ file: 'src/dispatch/decide.ts', find: `conflict: 'refused',`, replace: `conflict: 'confirmed',` }],
};
