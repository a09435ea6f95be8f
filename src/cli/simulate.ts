/** `tessera simulate`: one simulated hospital, as a program of its own. */
import { join } from 'node:path';
import type { Main } from './ports.ts';
import { untilSignal } from './until-signal.ts';

export async function simulate(
  startSimulator: Main['startSimulator'],
  adapter: string,
  options: {
    readonly port: number;
    readonly controlPort: number;
    readonly directory: string;
    readonly name?: string;
    readonly feedTo?: { readonly host: string; readonly port: number };
    readonly json?: boolean;
  },
): Promise<void> {
  const simulator = await startSimulator(adapter, {
    port: options.port,
    controlPort: options.controlPort,
    directory: join(options.directory, adapter),
    ...(options.feedTo ? { feedTo: options.feedTo } : {}),
    ...(options.name === undefined ? {} : { name: options.name }),
  });
  const { url, controlUrl, connection } = simulator;
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ url, control: controlUrl, connection })}\n`
      : [
          `${connection.name} (simulated ${adapter}) listens at ${url}`,
          `Its control API: ${controlUrl}/effects`,
          'A hub connects to it by POST /v1/connections, with the token of an engineer and this body:',
          `${JSON.stringify(connectionBody(adapter, connection))}\n`,
        ].join('\n'),
  );
  await untilSignal(() => simulator.stop());
}

/** contracts/schemas/connection-create.schema.json; its secrets are made up, and open nothing else. */
const connectionBody = (
  adapter: string,
  { name, config, secrets, location }: Awaited<ReturnType<Main['startSimulator']>>['connection'],
) => ({ key: `simulated-${adapter}`, name, adapter, config, secrets, ...(location ? { location } : {}) });
