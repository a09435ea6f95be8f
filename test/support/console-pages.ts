/** Every page of the console, with something on it. */
import type { Demo } from './console-demo.ts';
import type { TestHub } from './hub.ts';

/** Paths by the names of their pictures. Makes a plan to replay what has failed, so that there is one to be seen. */
export async function consolePages(hub: TestHub, demo: Demo): Promise<Readonly<Record<string, string>>> {
  const epic = hub.connection('epic').id;
  const plan = await hub.request<{ id: string }>('POST', '/v1/replay-plans', {
    role: 'support',
    body: { filter: { state: 'failed' } },
  });
  const { body: cancelled } = await hub.request<{ providerId: string; start: string }>(
    'GET',
    `/v1/transactions/${demo.cancelledThere}`,
    { role: 'support' },
  );
  const day = `provider=${cancelled.providerId}&date=${cancelled.start.slice(0, 10)}`;
  return {
    overview: '/',
    transactions: '/transactions',
    failed: '/transactions?state=failed',
    transaction: `/transactions/${demo.inDoubt}`,
    failures: '/failures',
    review: '/review',
    replays: '/replays',
    'replay-plan': `/replays/${plan.body.id}`,
    connections: '/connections',
    connection: `/connections/${epic}`,
    'new-connection': '/connections/new?adapter=hl7v2',
    reconciliation: '/reconciliation?state=any',
    'reconciliation-days': '/reconciliation?state=any&tab=days',
    day: `/reconciliation/day?${day}`,
    messages: '/messages?state=any',
    mappings: '/mappings',
    workbench: `/mappings/epic.slot?connection=${epic}`,
    coverage: `/mappings/epic.slot?connection=${epic}&tab=examples`,
    webhooks: '/webhooks',
    alerts: '/alerts',
    audit: '/audit',
    people: '/people',
    programs: '/programs',
    settings: '/settings',
  };
}
