/**
 * Which mappings a call is given: the built-in ones, with the connection's own active versions in their place, and its canaries
 * where the call falls to them; or those that its transaction began with.
 */
import { createHash } from 'node:crypto';
import { AdapterError } from '../adapter-kit/index.ts';
import type { Sql } from '../db/database.ts';
import {
  filesAtHand,
  hashOfFiles,
  loadOneMapping,
  MappingLoadError,
  overlay,
  type AdapterMappings,
  type Contracts,
  type MappingVersion,
} from '../mapping/index.ts';
import type { MappingTraffic } from './mapping-traffic.ts';

/** Versions that this process keeps compiled; the least used go first. */
const COMPILED_MAX = 200;
/** Earlier sets of one connection that are kept at hand for retries. */
const EARLIER_MAX = 50;

interface Of {
  readonly id: string;
  readonly adapter: string;
  readonly policy: { readonly recordedInputsMax: number };
}

export interface WhoseCall {
  readonly transactionId: string;
  /** The version of the mappings that its first attempt had; null when there was none. Undefined: it is no transaction of the ledger. */
  readonly began?: string | null;
}

export interface CallMappings extends AdapterMappings {
  /** True: what the transaction began with cannot be had any more, and these are the present ones. */
  readonly replaceGone?: boolean;
  /** True: they are those that the transaction began with, and newer ones are in use. */
  readonly areEarlier?: boolean;
}

interface Row extends Record<string, unknown> {
  readonly id: string;
  readonly name: string;
  readonly number: number;
  readonly state: 'active' | 'canary' | 'draft' | 'retired';
  readonly files: Readonly<Record<string, string>>;
  readonly canary_share: number | null;
  readonly canary_locations: readonly string[] | null;
  readonly canary_shadow: boolean | null;
}

type Loaded = MappingVersion & { readonly row: Row };

const COLUMNS = 'id, name, number, state, files, canary_share, canary_locations, canary_shadow';

/** The versions of all connections, as this process knows them. */
export class OwnMappings {
  readonly sql: Sql;
  readonly traffic: MappingTraffic;
  readonly #contracts: Contracts;
  readonly #compiled = new Map<string, MappingVersion['apply']>();

  constructor(parts: { readonly sql: Sql; readonly contracts: Contracts; readonly traffic: MappingTraffic }) {
    this.sql = parts.sql;
    this.traffic = parts.traffic;
    this.#contracts = parts.contracts;
  }

  /** Reads what the connection's mappings are now. */
  async open(of: Of, builtIn: AdapterMappings): Promise<ConnectionMappings> {
    const found = await this.sql.query<Row>(
      `select ${COLUMNS} from mapping_version where connection_id = $1 and state in ('active', 'canary')`,
      [of.id],
    );
    return new ConnectionMappings(
      this,
      of,
      builtIn,
      found.rows.map((row) => this.load(of.adapter, row)),
    );
  }

  /** Of one that does not load the error comes when it is applied: it must not stop all the others. */
  load(adapter: string, row: Row): Loaded {
    const texts = new Map(Object.entries(row.files));
    const hash = hashOfFiles(texts);
    const shown = `${adapter}.${row.name} version ${row.number}`;
    const key = `${shown} ${hash}`;
    const apply = this.#compiled.get(key) ?? this.#compile(shown, row.name, texts);
    // Put last: the first of the map is the least used.
    this.#compiled.delete(key);
    this.#compiled.set(key, apply);
    const [oldest] = this.#compiled.keys();
    if (this.#compiled.size > COMPILED_MAX && oldest !== undefined) this.#compiled.delete(oldest);
    return { name: row.name, number: row.number, hash, apply, row };
  }

  #compile(shown: string, name: string, texts: ReadonlyMap<string, string>): MappingVersion['apply'] {
    try {
      const { mapping } = loadOneMapping(filesAtHand(texts, shown), name, this.#contracts);
      return (input, skip) => mapping.apply(input, skip);
    } catch (error) {
      if (!(error instanceof MappingLoadError)) throw error;
      return () => {
        throw new AdapterError('misconfigured', 'mapping', `${shown} does not load; publish another: ${error.message}`);
      };
    }
  }
}

export class ConnectionMappings {
  readonly #own: OwnMappings;
  readonly #of: Of;
  readonly #builtIn: AdapterMappings;
  readonly #active: readonly Loaded[];
  readonly #canaries: readonly Loaded[];
  readonly #earlier = new Map<string, AdapterMappings>();
  readonly #remembered = new Set<string>();

  constructor(own: OwnMappings, of: Of, builtIn: AdapterMappings, versions: readonly Loaded[]) {
    this.#own = own;
    this.#of = of;
    this.#builtIn = builtIn;
    this.#active = versions.filter(({ row }) => row.state === 'active');
    this.#canaries = versions.filter(({ row }) => row.state === 'canary');
  }

  async for(call: WhoseCall): Promise<CallMappings> {
    const { began } = call;
    const fallen = await this.#canariesOf(call);
    const real = fallen.filter(({ row }) => !row.canary_shadow);
    const names = new Set(real.map(({ name }) => name));
    const versions = [...this.#active.filter(({ name }) => !names.has(name)), ...real];
    const present = overlay(this.#builtIn, versions);
    const earlier = began && began !== present.version ? await this.#earlierSet(began) : undefined;
    if (earlier) return { ...this.#watched(call, earlier, []), areEarlier: true };
    if (began !== undefined) await this.#remember(present.version, versions);
    const watched = this.#watched(
      call,
      present,
      fallen.filter(({ row }) => row.canary_shadow),
    );
    return began && began !== present.version ? { ...watched, replaceGone: true } : watched;
  }

  /** Those that this call falls to: always the same ones for the same transaction. */
  async #canariesOf({ transactionId, began }: WhoseCall): Promise<readonly Loaded[]> {
    if (this.#canaries.length === 0) return [];
    const isAskedFor = began !== undefined && this.#canaries.some(({ row }) => row.canary_locations?.length);
    const locationId = isAskedFor ? await this.#locationOf(transactionId) : undefined;
    return this.#canaries.filter(
      ({ row }) =>
        percentile(row.id, transactionId) < (row.canary_share ?? 0) ||
        (locationId !== undefined && row.canary_locations?.includes(locationId)),
    );
  }

  async #locationOf(transactionId: string): Promise<string | undefined> {
    const found = await this.#own.sql.query<{ location_id: string }>(
      'select s.location_id from transaction t join slot s on s.id = t.slot_id where t.id = $1',
      [transactionId],
    );
    return found.rows[0]?.location_id;
  }

  /** Undefined when it cannot be built: never written down, or on other built-in mappings than these. */
  async #earlierSet(version: string): Promise<AdapterMappings | undefined> {
    if (version === this.#builtIn.version) return this.#builtIn;
    const known = this.#earlier.get(version);
    if (known) return known;
    const found = await this.#own.sql.query<Row>(
      `select ${COLUMNS.replaceAll(/\w+/g, 'v.$&')} from mapping_set s
       cross join lateral jsonb_each_text(s.numbers) as part (name, number)
       join mapping_version v on v.connection_id = s.connection_id and v.name = part.name and v.number = part.number::int
       where s.connection_id = $1 and s.version = $2 and s.built_in = $3`,
      [this.#of.id, version, this.#builtIn.version],
    );
    if (found.rows.length === 0) return undefined;
    const earlier = overlay(
      this.#builtIn,
      found.rows.map((row) => this.#own.load(this.#of.adapter, row)),
    );
    if (earlier.version !== version) return undefined;
    if (this.#earlier.size >= EARLIER_MAX) this.#earlier.clear();
    this.#earlier.set(version, earlier);
    return earlier;
  }

  async #remember(version: string, versions: readonly Loaded[]): Promise<void> {
    if (versions.length === 0 || this.#remembered.has(version)) return;
    await this.#own.sql.query(
      `insert into mapping_set (connection_id, version, built_in, numbers) values ($1, $2, $3, $4) on conflict do nothing`,
      [
        this.#of.id,
        version,
        this.#builtIn.version,
        JSON.stringify(Object.fromEntries(versions.map(({ name, number }) => [name, number]))),
      ],
    );
    this.#remembered.add(version);
  }

  /** The same mappings; what passes them is recorded. */
  #watched({ transactionId }: WhoseCall, mappings: AdapterMappings, shadows: readonly Loaded[]): CallMappings {
    const { traffic } = this.#own;
    const { id: connectionId, policy } = this.#of;
    return {
      version: mappings.version,
      names: () => mappings.names(),
      apply(name, input, skip) {
        const canary = shadows.find((each) => each.name === name);
        const shadow = canary && {
          versionId: canary.row.id,
          used: (one: unknown) => mappings.apply(name, one),
          canary: (one: unknown) => canary.apply(one),
        };
        traffic.passed({ connectionId, name, transactionId, input, shadow, keep: policy.recordedInputsMax });
        return mappings.apply(name, input, skip);
      },
    };
  }
}

/** From 0 up to 100, evenly, and always the same for the same two. */
const percentile = (versionId: string, transactionId: string): number =>
  (createHash('sha256').update(`${versionId}${transactionId}`).digest().readUInt32BE(0) / 2 ** 32) * 100;
