/** `tessera start`: runs the hub until a signal ends it. */
import { readConfig } from '../config.ts';
import type { Ports, RunningHub } from './ports.ts';
import { giveBackMemory } from './give-back-memory.ts';
import { stopSignal, untilSignal } from './until-signal.ts';

export async function start(loadMain: Ports['loadMain'], json: boolean): Promise<void> {
  // Before anything is started: an end in the midst of it would leave something behind.
  const asked = stopSignal();
  const { startHub } = await loadMain();
  const hub = await startHub(readConfig(process.env), asked).catch((error: unknown): RunningHub => {
    if (!asked.aborted) throw error;
    process.exit(Number(asked.reason));
  });
  const { url, servesApi, sandboxFile, consoleLink, firstAdmin } = hub;
  process.stdout.write(
    json
      ? `${JSON.stringify({ url, sandboxFile, consoleLink, firstAdmin })}\n`
      : `${servesApi ? welcome(hub) : `Tessera works; this process serves no API. ${url}/readyz and ${url}/metrics tell how it does.`}\n`,
  );
  giveBackMemory();
  await untilSignal(() => hub.stop(), asked, hub.failed);
}

function welcome({ url, sandboxFile, consoleLink, firstAdmin }: RunningHub): string {
  const lines = [`Tessera is ready at ${url}`, '', `  ${url}/docs          the API, to read and to try`];
  if (consoleLink) lines.push(`  ${consoleLink}   the console${sandboxFile ? ' (the link works once)' : ''}`);
  if (firstAdmin) {
    lines.push(
      '',
      `The first admin signs in as ${firstAdmin.email} with the password ${firstAdmin.password}`,
      'It is shown this once, and replaced at the first sign-in.',
    );
  }
  if (sandboxFile) {
    lines.push(
      `  ${sandboxFile}   tokens for every role, and the hospitals' control ports`,
      '',
      'First booking:',
      `  TOKEN=$(node -p 'require("${sandboxFile}").tokens.app')`,
      `  curl -s -H "Authorization: Bearer $TOKEN" "${url}/v1/slots?limit=3"`,
      '',
      'README.md goes on from here. Ctrl-C stops everything.',
    );
  }
  return lines.join('\n');
}
