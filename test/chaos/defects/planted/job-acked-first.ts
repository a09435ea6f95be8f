import type { Defect } from '../defect.ts';

export const defect: Defect = {
  name: 'job-acked-first',
  what: 'a job is acknowledged before the ledger has its outcome, and nobody comes back for what its worker left behind',
  breaks: 'I1',
  hunt: { by: 'simulation' },
  edits: [
    {
      // Jobs are acknowledged when they are taken up; it is the sweep that makes this safe.
      file: 'src/dispatch/sweeper.ts',
      find: 'const swept = await sweep(ledger, { working, called, stopping });',
      replace: 'const swept = { expired: 0 };',
    },
  ],
};
