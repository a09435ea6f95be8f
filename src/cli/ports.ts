/** What the composition root gives to commands. The command line does not import it: it is handed in. */
import type { Config } from '../config.ts';

export interface RunningHub {
  readonly url: string;
  /** Where the sandbox wrote its tokens; undefined without a sandbox. */
  readonly sandboxFile: string | undefined;
  stop(): Promise<void>;
}

export interface RunningSimulator {
  readonly url: string;
  readonly controlUrl: string;
  readonly connection: { readonly name: string };
  stop(): Promise<void>;
}

export interface Main {
  startHub(config: Config): Promise<RunningHub>;
  startSimulator(
    adapter: string,
    options: { readonly port: number; readonly controlPort: number; readonly directory: string },
  ): Promise<RunningSimulator>;
}

export interface Ports {
  readonly loadMain: () => Promise<Main>;
}
