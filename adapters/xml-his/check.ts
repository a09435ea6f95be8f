/** Tries a connection without changing anything. */
import { AdapterError, type Call, type CheckStep, type FoundProvider } from '#adapter-kit';
import type { XmlClient } from './client.ts';
import { listLocations, listProviders } from './directory.ts';

const STEPS = ['auth', 'read', 'map'] as const;

/** One read tells all: which step it fails at is in what it throws. */
export async function* check(client: XmlClient, call: Call): AsyncIterable<CheckStep> {
  const { profile, endpoint } = client.settings;
  const counts = { locations: 0, providers: 0 };
  try {
    for await (const page of listLocations(client, call)) counts.locations += page.length;
    for await (const page of listProviders(client, call)) counts.providers += distinctKeys(page);
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    const failed = stepOf(error);
    for (const step of STEPS.slice(0, STEPS.indexOf(failed))) yield { step, ok: true, detail: DONE[step] };
    yield { step: failed, ok: false, detail: `${error.message}. ${ADVICE[failed]}` };
    return;
  }
  for (const step of STEPS)
    yield {
      step,
      ok: true,
      detail: step === 'map' ? `${DONE.map}: ${counts.locations} locations, ${counts.providers} providers` : DONE[step],
    };
  yield {
    step: 'write',
    ok: true,
    detail: `a booking would be sent to ${endpoint} as profile ${profile.profile} says; nothing was sent`,
  };
}

const distinctKeys = (providers: readonly FoundProvider[]): number =>
  new Set(providers.map(({ externalId }) => externalId)).size;

const DONE = {
  auth: 'the credentials were accepted',
  read: 'the directory was read',
  map: 'what was read is understood',
} as const;

const ADVICE = {
  auth: 'Check user and password, and whether they are those of this endpoint',
  read: 'Check the endpoint and the profile: both must be of the same service and version',
  map: 'Correct the mapping, or ask the vendor what is sent there',
} as const;

function stepOf({ kind, reason }: AdapterError): (typeof STEPS)[number] {
  if (kind === 'unauthorised') return 'auth';
  return reason === 'mapping' || reason === 'no-mappings' ? 'map' : 'read';
}
