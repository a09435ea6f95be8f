/** The mapping workbench: versions of mappings, what they would change, and the codes that nobody has mapped. */
import { activeNumber, checkTexts, findMapping, textsOf, type MappingOf } from '../../commands/mapping-names.ts';
import { unannounced } from '../../commands/mapping-gate.ts';
import type { MappingTexts, MappingTools, NamedMapping } from '../../commands/mapping-tools.ts';
import {
  announcedFields,
  compareWithActive,
  draftVersion,
  publishVersion,
  rollBack,
  type MappingVersionParts,
  type Draft,
  type Publication,
  type Rollback,
} from '../../commands/mapping-versions.ts';
import { tell } from '../../commands/mapping-use.ts';
import { mapCode } from '../../commands/unmapped-codes.ts';
import type { Queue } from '../../db/queue.ts';
import { HubError } from '../../domain/index.ts';
import {
  listMappings,
  listMappingVersions,
  listUnmappedCodes,
  readMappingVersion,
  readUnmappedCode,
  type BuiltInNames,
} from '../../queries/mappings.ts';
import type { ApiReply, ApiRequest, Handlers } from '../operation.ts';
import { pageReply, pageRequest, type PageQuery } from './page-reply.ts';
import { pathId } from './versioned-reply.ts';

export interface MappingRouteParts extends MappingVersionParts {
  readonly queue: Queue;
  readonly tools: MappingTools & {
    readonly described: BuiltInNames;
    /** contracts/schemas/mapping-try.schema.json */
    try(of: NamedMapping, texts: MappingTexts, input: unknown): Promise<object>;
    /** The same, with the texts and a redacted form of the input among them; null where that cannot be. */
    saveExample(of: NamedMapping, texts: MappingTexts, input: unknown, path: string): Promise<object>;
    /** An item of `inputs` of contracts/schemas/mapping-dry-run.schema.json. */
    dryRun(of: NamedMapping, texts: MappingTexts, input: unknown): Promise<{ readonly kind: string }>;
    /** contracts/schemas/mapping-coverage.schema.json. Errors: mapping-not-sound. */
    coverage(of: NamedMapping, texts: MappingTexts): Promise<object>;
  };
  /** Reads at the HIS until the mapping of that name was asked for, and tells what it was given. Changes nothing anywhere. */
  readInputs(of: {
    readonly connectionId: string;
    readonly name: string;
  }): Promise<{ readonly reads: readonly object[]; readonly inputs: readonly unknown[] }>;
  /** Starts reading providers and slots of a connection, and does not wait for it. */
  synchronise(connectionId: string): void;
}

interface Wanted {
  readonly connectionId: string;
  readonly number?: number;
  readonly files?: MappingTexts;
}

const FIRST_PAGE = { limit: 50 };

export const mappingRoutes = (parts: MappingRouteParts) => {
  const { db, tools } = parts;
  const find = ({ caller, params }: ApiRequest<unknown, unknown>, connectionId: string): Promise<MappingOf> =>
    findMapping(db, tools, caller, params['name'] ?? '', connectionId);
  const versions = async (request: ApiRequest<unknown>, connectionId: string): Promise<ApiReply> =>
    pageReply(await listMappingVersions(db, await find(request, connectionId), FIRST_PAGE));

  /** The files that a request means: those it brings, those of a version, or those in use. */
  const wantedTexts = async (of: MappingOf, { number, files }: Wanted): Promise<MappingTexts> => {
    if (files === undefined) return textsOf(db, tools, of, number ?? (await activeNumber(db, of)));
    if (number !== undefined) {
      const errors = [{ pointer: '/number', detail: 'expected none beside "files"' }];
      throw new HubError('validation', 'Name a version, or send files: not both.', { errors });
    }
    checkTexts(of, files);
    return files;
  };

  return {
    async listMappings({ caller, query }: ApiRequest<unknown, PageQuery & { readonly connection?: string }>) {
      return pageReply(await listMappings(db, caller, tools.described, query.connection, pageRequest(query)));
    },
    async listMappingVersions(request: ApiRequest<unknown, PageQuery & { readonly connection: string }>) {
      const { query } = request;
      const of = await find(request, query.connection);
      return pageReply(await listMappingVersions(db, of, pageRequest(query)));
    },
    async readMappingVersion(request: ApiRequest<unknown, { readonly connection: string }>) {
      const number = Number(request.params['number']);
      const of = await find(request, request.query.connection);
      const version = await readMappingVersion(db, of, number);
      return { status: 200, body: { ...version, files: await textsOf(db, tools, of, number) } };
    },
    async draftMappingVersion(request: ApiRequest<Draft>) {
      const { body, caller, params } = request;
      const name = params['name'] ?? '';
      const number = await draftVersion(parts, caller, name, body);
      const of = await find(request, body.connectionId);
      return {
        status: 201,
        body: await readMappingVersion(db, of, number),
        headers: { Location: `/v1/mappings/${name}/versions/${number}?connection=${body.connectionId}` },
      };
    },
    async tryMapping(request: ApiRequest<Wanted & { readonly input: unknown; readonly saveAs?: string }>) {
      const { connectionId, input, saveAs } = request.body;
      const of = await find(request, connectionId);
      const texts = await wantedTexts(of, request.body);
      const body = saveAs === undefined ? tools.try(of, texts, input) : tools.saveExample(of, texts, input, saveAs);
      return { status: 200, body: await body };
    },
    async dryRunMapping(request: ApiRequest<Wanted>) {
      const of = await find(request, request.body.connectionId);
      const texts = await wantedTexts(of, request.body);
      // First: whoever looks at a hospital's messages is written down, also if the HIS does not answer.
      await tell(db, of, 'mapping.dry_run', { by: request.caller.clientId });
      const { reads, inputs } = await parts.readInputs(of);
      const tried: { readonly kind: string }[] = [];
      for (const input of inputs) {
        const one = await tools.dryRun(of, texts, input);
        tried.push(one);
        // The files do not load, or take too long: so they would for the next one.
        if (one.kind === 'refused' || one.kind === 'stopped') break;
      }
      return { status: 200, body: { reads, inputs: tried } };
    },
    async diffMapping(request: ApiRequest<Wanted>) {
      const of = await find(request, request.body.connectionId);
      const diff = await compareWithActive(parts, of, await wantedTexts(of, request.body));
      const announced = await announcedFields(db, of, request.body.number);
      return { status: 200, body: { ...diff, unannounced: unannounced(diff, announced) } };
    },
    async publishMappingVersion(request: ApiRequest<Publication>) {
      const isToRead = await publishVersion(parts, request.caller, request.params['name'] ?? '', request.body);
      if (isToRead) parts.synchronise(request.body.connectionId);
      return versions(request, request.body.connectionId);
    },
    async rollBackMapping(request: ApiRequest<Rollback>) {
      await rollBack(parts, request.caller, request.params['name'] ?? '', request.body);
      return versions(request, request.body.connectionId);
    },
    async readMappingCoverage(request: ApiRequest<unknown, { readonly connection: string; readonly number?: number }>) {
      const { connection: connectionId, number } = request.query;
      const of = await find(request, connectionId);
      const texts = await wantedTexts(of, { connectionId, ...(number === undefined ? {} : { number }) });
      return { status: 200, body: await tools.coverage(of, texts) };
    },
    async listUnmappedCodes({ caller, query }: ApiRequest<unknown, PageQuery & { readonly connection?: string }>) {
      return pageReply(await listUnmappedCodes(db, caller, query.connection, pageRequest(query)));
    },
    async mapCode(request: ApiRequest<{ readonly value: string }>) {
      const id = pathId(request);
      const mapped = await mapCode(parts, request.caller, id, request.body.value);
      if (mapped.wasSkipped) parts.synchronise(mapped.connectionId);
      return { status: 200, body: await readUnmappedCode(db, request.caller, id) };
    },
  } satisfies Handlers;
};
