/** `tessera verify`: goes through the audit, and names the first thing in it that is not as it was written. */
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import type { Command } from 'commander';
import { headsIn } from '../audit/known-heads.ts';
import { fromNdjson } from '../audit/ndjson.ts';
import { verifyAudit, type AuditVerdict, type KnownHead } from '../audit/verify.ts';
import { readConfig } from '../config.ts';
import { findAccess, HubAway } from './hub-api.ts';
import type { Ports } from './ports.ts';
import { addAccess, print, type HubOptions } from './transactions.ts';

interface VerifyOptions extends HubOptions {
  readonly api?: boolean;
  readonly file?: string;
  readonly key?: string;
  readonly head?: readonly string[];
  readonly heads?: string;
}

/** A second is what sealing takes. */
const WAITS_LONG_SECONDS = 60;

const many = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

export function addVerifyCommand(program: Command, loadMain: Ports['loadMain']): void {
  addAccess(
    program
      .command('verify')
      .description(
        'go through the audit of every organization, and name the first record that was edited, deleted, reordered or cut off. Looks into the database (DATABASE_URL, or the embedded one of TESSERA_DATA_DIR while no hub runs there) with the root key. Exit code 0: sound, 1: not, 2: it cannot be looked at',
      )
      .option('--file <file>', 'an export instead (GET /v1/audit/export); needs neither hub nor database')
      .option(
        '--api',
        'what the hub exports instead, of the organization of TESSERA_TOKEN (TESSERA_API, an admin’s token)',
      )
      .option('--key <id>', 'of an export: the key that its heads must be signed by')
      .option(
        '--head <organization:sequence:hash>',
        'a head as you have kept it, which the chain must still hold; may be repeated',
        many,
      )
      .option(
        '--heads <file>',
        'such heads: audit-heads.ndjson of a data directory, or a log with its lines “audit.head”',
      ),
  ).action(async (options: VerifyOptions) => {
    const verdicts = await verdictsOf(options, loadMain).catch((error: unknown) => {
      process.stderr.write(
        `tessera: the audit could not be looked at: ${error instanceof Error ? error.message : ''}\n`,
      );
    });
    process.exitCode = verdicts ? tell(verdicts, options.json ?? false) : 2;
  });
}

async function verdictsOf(options: VerifyOptions, loadMain: Ports['loadMain']): Promise<readonly AuditVerdict[]> {
  const known = [
    ...(options.head ?? []).map(headOf),
    ...(options.heads === undefined ? [] : headsIn(await readFile(options.heads, 'utf8'))),
  ];
  const exported = await exportedLines(options);
  if (!exported) return (await loadMain()).verifyAuditOf(readConfig(process.env), known);
  const kids = options.key === undefined ? {} : { kids: new Set([options.key]) };
  return verifyAudit(fromNdjson(exported), { known, ...kids });
}

function headOf(text: string): KnownHead {
  const [, organizationId, sequence, hash] = /^([\da-f-]{36}):(\d{1,15}):([\da-f]{64})$/.exec(text) ?? [];
  if (organizationId === undefined || sequence === undefined || hash === undefined)
    throw new Error(`--head expects organization:sequence:hash, got "${text}"`);
  return { organizationId, sequence: Number(sequence), hash };
}

async function exportedLines(options: VerifyOptions): Promise<AsyncIterable<string> | undefined> {
  const { file } = options;
  if (file !== undefined) return createInterface({ input: createReadStream(file) });
  if (!options.api && !options.sandbox) return undefined;
  const { url, token } = await findAccess(options, 'admin');
  const response = await fetch(new URL('/v1/audit/export', url), { headers: { authorization: `Bearer ${token}` } });
  if (!response.ok || !response.body)
    throw new HubAway(`${url} answers ${response.status}: is the token an admin’s, and still good?`);
  return createInterface({ input: Readable.fromWeb(response.body) });
}

/** Returns the exit code. */
function tell(verdicts: readonly AuditVerdict[], json: boolean): 0 | 1 {
  if (json) print(JSON.stringify({ verdicts }));
  else if (verdicts.length === 0) print('there is no audit yet');
  else for (const verdict of verdicts) print(textOf(verdict));
  return verdicts.some((each) => each.fault) ? 1 : 0;
}

function textOf(verdict: AuditVerdict): string {
  const { organizationId, sequence, hash, signedAt, kid, waiting, waitingSeconds, letGo, fault } = verdict;
  const lines = fault
    ? [
        `${organizationId}: ${fault.kind}${fault.sequence === null ? '' : ` at ${fault.sequence}`}${fault.recordId === null ? '' : `, record ${fault.recordId}`}`,
        `  ${fault.detail}`,
        `  sound up to ${sequence}`,
      ]
    : [`${organizationId}: ${sequence} records, sound`];
  if (signedAt !== null && kid !== null)
    lines.push(`  last head ${organizationId}:${sequence}:${hash}`, `  signed at ${signedAt} by key ${kid}`);
  if (letGo)
    lines.push(`  kept long enough: records up to ${letGo.sequence}, from before ${letGo.before}, may be gone`);
  if (waiting > 0 && waitingSeconds > WAITS_LONG_SECONDS)
    lines.push(`  ${waiting} records have no place yet, the oldest for ${waitingSeconds} s: does a worker run?`);
  return lines.join('\n');
}
