/** `tessera start`: runs the hub until a signal ends it. */
import { readConfig } from '../config.ts';
import type { Main } from './ports.ts';
import { untilSignal } from './until-signal.ts';

export async function start(startHub: Main['startHub'], json: boolean): Promise<void> {
  const hub = await startHub(readConfig(process.env));
  process.stdout.write(json ? `${JSON.stringify(hub)}\n` : `${welcome(hub.url, hub.sandboxFile)}\n`);
  await untilSignal(() => hub.stop());
}

function welcome(url: string, sandboxFile: string | undefined): string {
  const lines = [`Tessera is ready at ${url}`, '', `  ${url}/docs          the API, to read and to try`];
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
