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
      : `${connection.name} (simulated ${adapter}) listens at ${url}\nIts control API: ${controlUrl}/effects\n`,
  );
  await untilSignal(() => simulator.stop());
}
