import type { Defect } from '../defect.ts';

export const defect: Defect = {
  name: 'dst-by-offset',
  what: `wall times are read by today's offset of their zone, not by the one that holds then`,
  breaks: 'times',
  hunt: { by: 'conformance', adapter: 'xml-his' },
  edits: [
    {
      file: 'src/mapping/instant.ts',
      find: `const wall = Temporal.PlainDateTime.from(time, { overflow: 'reject' });`,
      replace: `const wall = Temporal.PlainDateTime.from(time, { overflow: 'reject' });\n  zone = Temporal.Now.zonedDateTimeISO(zone).offset;`,
    },
  ],
};
