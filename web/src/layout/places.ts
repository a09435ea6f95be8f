/** Where one can go, and what one must be allowed to do there. */
import {
  Activity,
  ArrowLeftRight,
  Bell,
  Bot,
  Cable,
  FileCode2,
  GitCompareArrows,
  LayoutDashboard,
  ListChecks,
  Mail,
  RotateCcw,
  ScrollText,
  Settings,
  Users,
  Webhook,
} from 'lucide-react';
import type { LucideIcon } from 'lucide-react';
import type { OperationId } from '../api/contract.ts';

export interface Place {
  readonly to: string;
  readonly label: string;
  readonly icon: LucideIcon;
  /** What the page reads: without it there is nothing to see. */
  readonly needs: OperationId;
  /** g, then this key. */
  readonly key: string;
}

export const PLACES: readonly Place[] = [
  { to: '/', label: 'Overview', icon: LayoutDashboard, needs: 'readOverview', key: 'o' },
  { to: '/transactions', label: 'Transactions', icon: ArrowLeftRight, needs: 'listTransactions', key: 't' },
  { to: '/failures', label: 'Failures', icon: Activity, needs: 'readFailureGroups', key: 'f' },
  { to: '/review', label: 'Needs review', icon: ListChecks, needs: 'listBlockedAppointments', key: 'r' },
  { to: '/replays', label: 'Replays', icon: RotateCcw, needs: 'listReplayPlans', key: 'p' },
  { to: '/connections', label: 'Connections', icon: Cable, needs: 'listConnections', key: 'c' },
  { to: '/reconciliation', label: 'Reconciliation', icon: GitCompareArrows, needs: 'listDrift', key: 'd' },
  { to: '/messages', label: 'Messages', icon: Mail, needs: 'listMessages', key: 'e' },
  { to: '/mappings', label: 'Mappings', icon: FileCode2, needs: 'listMappings', key: 'm' },
  { to: '/webhooks', label: 'Webhooks', icon: Webhook, needs: 'listWebhooks', key: 'w' },
  { to: '/alerts', label: 'Alerts', icon: Bell, needs: 'listAlerts', key: 'a' },
  { to: '/audit', label: 'Audit', icon: ScrollText, needs: 'listAuditRecords', key: 'l' },
  { to: '/people', label: 'People', icon: Users, needs: 'listUsers', key: 'u' },
  { to: '/programs', label: 'Programs', icon: Bot, needs: 'listClients', key: 'b' },
  { to: '/settings', label: 'Settings', icon: Settings, needs: 'readMe', key: 's' },
];
