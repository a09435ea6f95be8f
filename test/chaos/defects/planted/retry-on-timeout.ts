import type { Defect } from '../defect.ts';

export const defect: Defect = {
  name: 'retry-on-timeout',
  what: 'a write whose answer was lost is sent again, without a look at the HIS',
  breaks: 'I3',
  hunt: { by: 'simulation' },
  edits: [{ file: 'src/dispatch/decide.ts', find: `unknown: 'answer-lost',`, replace: `unknown: 'postponed',` }],
};
