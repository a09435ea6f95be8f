/** What the composition root gives to commands. The command line does not import it: it is handed in. */
import type { AuditVerdict, KnownHead } from '../audit/verify.ts';
import type { Config } from '../config.ts';

export interface RunningHub {
  /** Of its API; of its health and metrics when it serves none. */
  readonly url: string;
  readonly servesApi: boolean;
  /** Where the sandbox wrote its tokens; undefined without a sandbox. */
  readonly sandboxFile: string | undefined;
  /** Opens the console; in the sandbox it signs in, once. Undefined where the console is not built. */
  readonly consoleLink: string | undefined;
  /** Made at this start, because nobody could sign in: shown once. */
  readonly firstAdmin: { readonly email: string; readonly password: string } | undefined;
  /** Resolves when it cannot go on; it is still to be stopped. */
  readonly failed: Promise<void>;
  stop(): Promise<void>;
}

export interface RunningSimulator {
  readonly url: string;
  readonly controlUrl: string;
  /** What a hub needs to connect to it. */
  readonly connection: {
    readonly name: string;
    readonly config: Readonly<Record<string, unknown>>;
    readonly secrets: Readonly<Record<string, string>>;
    readonly location?: { readonly name: string; readonly timeZone: string };
  };
  stop(): Promise<void>;
}

/** What the conformance suite found of one adapter. */
export interface ConformanceReport {
  readonly id: string;
  /** What is broken, as `behaviour: reason`. Empty: the adapter keeps the contract. */
  readonly failures: readonly string[];
  /** For a terminal. */
  readonly text: string;
  /** For a program. */
  readonly json: unknown;
}

/** A piece of a table whose time is over: how many of its rows go, and how many stay because they are needed. */
export interface RetiredPartition {
  readonly name: string;
  readonly table: string;
  readonly class: string;
  readonly since: string;
  readonly until: string;
  readonly going: number;
  readonly staying: number;
}

export interface Retired {
  readonly partitions: readonly RetiredPartition[];
  readonly postponed: readonly string[];
  readonly damaged: readonly string[];
  readonly answers: number;
}

export interface Main {
  /** The adapters of this installation, and the template: directories. */
  adapterDirectories(): readonly string[];
  /** Adapters are examined one after the other. `page`: all of them as one page of Markdown. */
  checkAdapters(
    directories: readonly string[],
    each: (report: ConformanceReport) => void,
  ): Promise<{ readonly page: string }>;
  /** The audit of every organization, looked at in the database; `known`: heads kept elsewhere, besides those of the data directory. */
  verifyAuditOf(config: Config, known: readonly KnownHead[]): Promise<readonly AuditVerdict[]>;
  /** Drops what was kept long enough (TESSERA_RETENTION); dry: only counts it. */
  retentionOf(config: Config, isDry: boolean): Promise<Retired>;
  /** Rejects when `asked` is aborted before the hub is ready; nothing is left running then. */
  startHub(config: Config, asked: AbortSignal): Promise<RunningHub>;
  startSimulator(
    adapter: string,
    options: {
      readonly port: number;
      readonly controlPort: number;
      readonly directory: string;
      readonly feedTo?: { readonly host: string; readonly port: number };
    },
  ): Promise<RunningSimulator>;
}

export interface Ports {
  readonly loadMain: () => Promise<Main>;
}
