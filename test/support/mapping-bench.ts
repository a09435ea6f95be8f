/** Mappings of an adapter `any`, which the connections of a test clinic name; the workbench over them; and what passes them, recorded. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { MappingTexts } from '../../src/commands/mapping-tools.ts';
import type { MappingVersionParts } from '../../src/commands/mapping-versions.ts';
import { openWorkbench, type Workbench } from '../../src/composition/mapping-workbench.ts';
import { MappingTraffic } from '../../src/connections/mapping-traffic.ts';
import { OwnMappings } from '../../src/connections/own-mappings.ts';
import { loadContracts } from '../../src/contracts.ts';
import type { Ledger } from '../../src/ledger/settle.ts';
import { loadMappings, type MappingLibrary } from '../../src/mapping/index.ts';
import { silent } from './scripted-his.ts';

const CONTRACTS = 'contracts';
export const contracts = loadContracts(CONTRACTS);

/** What a booking is asked with; a list of such for `days`. */
export const VISIT: MappingTexts = {
  'visit.yaml': `# yaml-language-server: $schema=../../contracts/schemas/mapping.schema.json
mapping: visit
description: what the clinic is asked for
fields:
  key: { path: key }
  kind: { table: codes/kinds.csv, path: kind, unmapped: park }
  person: { path: person, default: '-' }
examples: [examples/visit.json]
`,
  'codes/kinds.csv':
    'vendor,canonical,source,date\nA,in-person,made up,2026-11-01\nB,telemedicine,made up,2026-11-01\n',
  'examples/visit.json': JSON.stringify({
    input: { key: 'k1', kind: 'A' },
    output: { key: 'k1', kind: 'in-person', person: '-' },
  }),
};

const DAYS: MappingTexts = {
  'days.yaml': `# yaml-language-server: $schema=../../contracts/schemas/mapping.schema.json
mapping: days
description: what the clinic offers
each: days
fields:
  key: { path: key }
  kind: { table: codes/kinds.csv, path: kind, unmapped: park }
examples: [examples/days.json]
`,
  'examples/days.json': JSON.stringify({
    input: { days: [{ key: 'd1', kind: 'B' }] },
    output: [{ key: 'd1', kind: 'telemedicine' }],
  }),
};

export class MappingBench {
  readonly directory = mkdtempSync(join(tmpdir(), 'mappings-'));
  readonly library: MappingLibrary;
  readonly workbench: Workbench;
  readonly traffic: MappingTraffic;
  readonly own: OwnMappings;
  readonly parts: MappingVersionParts & Pick<Ledger, 'queue'>;

  constructor({ db, seal, queue }: Pick<Ledger, 'db' | 'seal' | 'queue'>, builtIn: MappingTexts = VISIT) {
    for (const [path, text] of Object.entries({ ...DAYS, ...builtIn })) {
      const file = join(this.directory, 'any', path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
    this.library = loadMappings(this.directory, contracts);
    this.workbench = openWorkbench(this.library, this.directory, contracts, CONTRACTS);
    this.traffic = new MappingTraffic({ sql: db, seal, log: silent });
    this.own = new OwnMappings({ sql: db, contracts, traffic: this.traffic });
    this.parts = { db, seal, queue, tools: this.workbench };
  }

  /** For Connections. */
  get sources() {
    return { mappings: this.library, ownMappings: this.own };
  }

  async close(): Promise<void> {
    await this.traffic.close();
    await this.workbench.close();
    rmSync(this.directory, { recursive: true });
  }
}
