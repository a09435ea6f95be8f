/** The control side of a simulator: what it really holds, what shall go wrong, and what somebody changes in it. Tests only. */
import { EDITS, EditRefused, applyEdit, type Edit } from './edits.ts';
import { FAULTS, OPERATIONS, type Fault, type FaultName } from './faults.ts';
import { openHttpPort, type VendorAnswer, type VendorPort, type VendorRequest } from './http-port.ts';
import { CONTENTS, type Content, type Pusher, type PushTarget } from './pusher.ts';
import { LOOKUP_PROFILES, type LookupProfile, type SimulatedHis } from './simulated-his.ts';

/** Opens the control port of `his`. `vendorPort` is what fault `down` closes. */
export async function openControlPort(
  his: SimulatedHis,
  vendorPort: VendorPort,
  port: number,
  pusher?: Pusher,
): Promise<VendorPort> {
  return openHttpPort(port, async (request) => {
    try {
      if (request.url.pathname === '/_control/push') return controlPush(pusher, request);
      return await control(his, vendorPort, request);
    } catch (error) {
      if (error instanceof EditRefused) return json(error.status, { error: error.message });
      throw error;
    }
  });
}

async function control(his: SimulatedHis, vendorPort: VendorPort, request: VendorRequest): Promise<VendorAnswer> {
  switch (`${request.method} ${request.url.pathname}`) {
    case 'GET /_control/effects':
      return json(200, effects(his));
    case 'GET /_control/world':
      return json(200, {
        locations: his.book.world.locations,
        providers: his.book.providers(),
        patients: his.book.patients(),
      });
    case 'GET /_control/slots':
      return json(200, openSlots(his, queried(request, 'from'), queried(request, 'to')));
    case 'POST /_control/faults': {
      const fault = faultFrom(membersOf(request));
      if (fault.fault === 'down') await vendorPort.close();
      else his.faults.add(fault);
      return json(200, { faults: his.faults.active() });
    }
    case 'DELETE /_control/faults':
      his.faults.clear();
      await vendorPort.open();
      return json(200, { faults: [] });
    case 'POST /_control/edit':
      return json(200, applyEdit(his.book, editFrom(membersOf(request))));
    case 'POST /_control/profile': {
      const { lookup, ...rest } = membersOf(request);
      refuseUnknown(rest, ['lookup']);
      his.lookup = oneOf<LookupProfile>('lookup', lookup, LOOKUP_PROFILES);
      return json(200, { lookup: his.lookup });
    }
    case 'GET /_control/quirks':
      return json(200, { quirks: his.quirks.list() });
    case 'POST /_control/quirks':
      his.quirks.set(membersOf(request));
      return json(200, { quirks: his.quirks.list() });
    case 'GET /_control/strict':
      return json(200, strictness(his));
    case 'POST /_control/strict': {
      const { on, ...rest } = membersOf(request);
      refuseUnknown(rest, ['on']);
      if (typeof on !== 'boolean') throw new EditRefused(400, 'on must be true or false');
      his.strict.turn(on);
      return json(200, strictness(his));
    }
    default:
      return json(404, {
        error: `no ${request.method} ${request.url.pathname}: there are GET effects, GET world, GET slots, POST and DELETE faults, POST edit, POST profile, GET and POST quirks, GET and POST strict, GET, POST and DELETE push below /_control`,
      });
  }
}

/** Where the HIS posts what changes there; DELETE: nowhere any more. */
function controlPush(pusher: Pusher | undefined, request: VendorRequest): VendorAnswer {
  if (pusher === undefined)
    throw new EditRefused(404, 'this HIS pushes nothing: its changes are polled, or told by its feed');
  if (request.method === 'DELETE') pusher.to = undefined;
  else if (request.method === 'POST') pusher.to = targetFrom(membersOf(request));
  else if (request.method !== 'GET') throw new EditRefused(404, 'push has GET, POST and DELETE');
  return json(200, { url: pusher.to?.url ?? null, answers: pusher.answers });
}

function targetFrom({ url, secret, content, skip, ...rest }: Record<string, unknown>): PushTarget {
  refuseUnknown(rest, ['url', 'secret', 'content', 'skip']);
  if (typeof url !== 'string' || !URL.canParse(url))
    throw new EditRefused(400, 'url must be where the hub takes pushes');
  if (typeof secret !== 'string') throw new EditRefused(400, 'secret must be the pushSecret of the connection');
  const skipped = number('skip', skip, 0, 1_000);
  return {
    url,
    secret,
    content: content === undefined ? 'full-resource' : oneOf<Content>('content', content, CONTENTS),
    skip: skipped ?? 0,
  };
}

function queried(request: VendorRequest, name: 'from' | 'to'): Date {
  const date = new Date(request.url.searchParams.get(name) ?? '');
  if (Number.isNaN(date.getTime())) throw new EditRefused(400, `slots needs ${name} (RFC 3339) in its query`);
  return date;
}

/** `slots`: what anybody can have; `held`: what the HIS keeps for somebody. What is busy is in neither. */
function openSlots({ book }: SimulatedHis, from: Date, to: Date): unknown {
  const byState = Map.groupBy(book.freeSlots(from, to), (slot) => book.stateOf(slot));
  return { slots: byState.get('free') ?? [], held: byState.get('held') ?? [] };
}

function strictness(his: SimulatedHis): unknown {
  return { on: his.strict.on, violations: his.strict.violations() };
}

function effects(his: SimulatedHis): unknown {
  return {
    appointments: his.book.appointments().map((each) => ({
      vendorId: each.vendorId,
      transactionId: each.transactionId,
      slotId: each.slot.id,
      status: each.status,
      version: each.version,
      createdAt: each.createdAt,
    })),
    requests: his.seen(),
  };
}

function faultFrom({ on, fault, times, afterMs, rate, ...rest }: Record<string, unknown>): Fault {
  refuseUnknown(rest, ['on', 'fault', 'times', 'afterMs', 'rate']);
  const count = number('times', times, 1, Number.MAX_SAFE_INTEGER);
  if (count !== undefined && !Number.isInteger(count)) throw new EditRefused(400, 'times must be a whole number');
  const delayMs = number('afterMs', afterMs, 0, 600_000);
  const share = number('rate', rate, 0, 1);
  return {
    on: oneOf('on', on, [...OPERATIONS, 'any'] as const),
    fault: oneOf<FaultName>('fault', fault, Object.keys(FAULTS) as FaultName[]),
    ...(count === undefined ? {} : { times: count }),
    ...(delayMs === undefined ? {} : { afterMs: delayMs }),
    ...(share === undefined ? {} : { rate: share }),
  };
}

const EDIT_TEXTS = ['externalId', 'toExternalId', 'providerExternalId', 'start', 'end', 'name', 'birthDate'] as const;

function editFrom(members: Record<string, unknown>): Edit {
  const { op, ...rest } = members;
  refuseUnknown(
    Object.fromEntries(Object.entries(rest).filter(([name]) => !(EDIT_TEXTS as readonly string[]).includes(name))),
    ['op', ...EDIT_TEXTS],
  );
  const texts: Partial<Record<(typeof EDIT_TEXTS)[number], string>> = {};
  for (const name of EDIT_TEXTS) {
    const value = rest[name];
    if (value === undefined) continue;
    if (typeof value !== 'string') throw new EditRefused(400, `${name} must be a string`);
    texts[name] = value;
  }
  return { op: oneOf('op', op, EDITS), ...texts };
}

function membersOf(request: VendorRequest): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(request.body);
  } catch {
    throw new EditRefused(400, 'the body must be JSON');
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new EditRefused(400, 'the body must be a JSON object');
  }
  return { ...parsed };
}

function oneOf<Word extends string>(name: string, value: unknown, words: readonly Word[]): Word {
  const found = words.find((each) => each === value);
  if (found === undefined) throw new EditRefused(400, `${name} must be one of ${words.join(', ')}`);
  return found;
}

function number(name: string, value: unknown, min: number, max: number): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || !(value >= min && value <= max)) {
    throw new EditRefused(400, `${name} must be a number from ${min} to ${max}`);
  }
  return value;
}

function refuseUnknown(rest: Record<string, unknown>, known: readonly string[]): void {
  const unknown = Object.keys(rest);
  if (unknown.length > 0)
    throw new EditRefused(400, `unknown member ${unknown.join(', ')}: known are ${known.join(', ')}`);
}

function json(status: number, body: unknown): VendorAnswer {
  return { status, headers: { 'content-type': 'application/json; charset=utf-8' }, body: JSON.stringify(body) };
}
