/** JSON Patch bodies (RFC 6902) and FHIR bodies, as a request has them: read, never trusted. */
import type { VendorRequest } from '#adapter-kit/simulator';
import type { Json } from './reply.ts';

export interface Operation {
  readonly op: string;
  readonly path: string;
  readonly value: unknown;
}

export function operationsIn(request: VendorRequest): Operation[] | undefined {
  const body = parsed(request);
  if (!Array.isArray(body)) return undefined;
  const operations = (body as readonly unknown[]).map((each): Operation | undefined =>
    isObject(each) && typeof each['op'] === 'string' && typeof each['path'] === 'string'
      ? { op: each['op'], path: each['path'], value: each['value'] }
      : undefined,
  );
  return operations.every((each) => each !== undefined) ? operations : undefined;
}

export function resourceIn(request: VendorRequest): Json | undefined {
  const body = parsed(request);
  return isObject(body) ? body : undefined;
}

/** `Slot/1` in `[{ reference: 'Slot/1' }]`; undefined unless it is exactly one. */
export function slotReferenced(value: unknown): string | undefined {
  if (!Array.isArray(value) || value.length !== 1) return undefined;
  const [only] = value as readonly unknown[];
  const reference = isObject(only) ? only['reference'] : undefined;
  return typeof reference === 'string' ? /^Slot\/([^/]+)$/.exec(reference)?.[1] : undefined;
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parsed({ body }: VendorRequest): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
