/** The pages, each loaded when it is first gone to. What is chosen on a page is in its address, so that it can be sent to somebody. */
import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { NoSuchPage } from './layout/no-such-page.tsx';
import { PageFailed } from './layout/page-failed.tsx';
import { Shell } from './layout/shell.tsx';
import { textSearch } from './text-search.ts';

const root = createRootRoute({ component: Shell, notFoundComponent: NoSuchPage });

const page = <const Path extends string, const Names extends readonly string[]>(
  path: Path,
  names: Names,
  component: ReturnType<typeof lazyRouteComponent>,
) => createRoute({ getParentRoute: () => root, path, component, validateSearch: textSearch(names) });

const pages = [
  page(
    '/',
    [],
    lazyRouteComponent(() => import('./overview/overview-page.tsx'), 'OverviewPage'),
  ),
  page(
    '/transactions',
    ['state', 'kind', 'connection', 'appointment', 'patient', 'externalId', 'errorCode', 'owner', 'q', 'from', 'to'],
    lazyRouteComponent(() => import('./transactions/transactions-page.tsx'), 'TransactionsPage'),
  ),
  page(
    '/transactions/$id',
    ['tab'],
    lazyRouteComponent(() => import('./transactions/transaction-page.tsx'), 'TransactionPage'),
  ),
  page(
    '/failures',
    ['connection', 'days'],
    lazyRouteComponent(() => import('./transactions/failures-page.tsx'), 'FailuresPage'),
  ),
  page(
    '/review',
    ['connection', 'owner'],
    lazyRouteComponent(() => import('./review/review-page.tsx'), 'ReviewPage'),
  ),
  page(
    '/replays',
    [],
    lazyRouteComponent(() => import('./replay/replays-page.tsx'), 'ReplaysPage'),
  ),
  page(
    '/replays/$id',
    ['result'],
    lazyRouteComponent(() => import('./replay/replay-plan-page.tsx'), 'ReplayPlanPage'),
  ),
  page(
    '/connections',
    [],
    lazyRouteComponent(() => import('./connections/connections-page.tsx'), 'ConnectionsPage'),
  ),
  page(
    '/connections/new',
    ['adapter'],
    lazyRouteComponent(() => import('./connections/new-connection-page.tsx'), 'NewConnectionPage'),
  ),
  page(
    '/connections/$id',
    [],
    lazyRouteComponent(() => import('./connections/connection-page.tsx'), 'ConnectionPage'),
  ),
  page(
    '/reconciliation',
    ['connection', 'kind', 'state', 'run', 'tab'],
    lazyRouteComponent(() => import('./reconciliation/reconciliation-page.tsx'), 'ReconciliationPage'),
  ),
  page(
    '/reconciliation/day',
    ['provider', 'date'],
    lazyRouteComponent(() => import('./reconciliation/day-page.tsx'), 'DayPage'),
  ),
  page(
    '/messages',
    ['connection', 'state', 'owner'],
    lazyRouteComponent(() => import('./messages/messages-page.tsx'), 'MessagesPage'),
  ),
  page(
    '/messages/$id',
    [],
    lazyRouteComponent(() => import('./messages/message-page.tsx'), 'MessagePage'),
  ),
  page(
    '/mappings',
    ['connection'],
    lazyRouteComponent(() => import('./mappings/mappings-page.tsx'), 'MappingsPage'),
  ),
  page(
    '/mappings/$name',
    ['connection', 'version', 'tab'],
    lazyRouteComponent(() => import('./mappings/workbench-page.tsx'), 'WorkbenchPage'),
  ),
  page(
    '/webhooks',
    [],
    lazyRouteComponent(() => import('./webhooks/webhooks-page.tsx'), 'WebhooksPage'),
  ),
  page(
    '/webhooks/$id',
    ['state'],
    lazyRouteComponent(() => import('./webhooks/webhook-page.tsx'), 'WebhookPage'),
  ),
  page(
    '/alerts',
    ['state', 'kind'],
    lazyRouteComponent(() => import('./alerts/alerts-page.tsx'), 'AlertsPage'),
  ),
  page(
    '/audit',
    ['actor', 'action', 'resource', 'outcome'],
    lazyRouteComponent(() => import('./audit/audit-page.tsx'), 'AuditPage'),
  ),
  page(
    '/people',
    [],
    lazyRouteComponent(() => import('./access/users-page.tsx'), 'UsersPage'),
  ),
  page(
    '/programs',
    [],
    lazyRouteComponent(() => import('./access/clients-page.tsx'), 'ClientsPage'),
  ),
  page(
    '/settings',
    [],
    lazyRouteComponent(() => import('./settings/settings-page.tsx'), 'SettingsPage'),
  ),
] as const;

export const router = createRouter({
  routeTree: root.addChildren(pages),
  defaultErrorComponent: PageFailed,
  defaultPreload: 'intent',
  scrollRestoration: true,
  // Plain text, so that an address can be read and written by hand.
  parseSearch: (text) => Object.fromEntries(new URLSearchParams(text)),
  stringifySearch: (search) => {
    const given = Object.entries(search).filter(([, value]) => value !== undefined && value !== '');
    const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
    return text === '' ? '' : `?${text}`;
  },
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
