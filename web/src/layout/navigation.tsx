import { Badge, NavLink } from '@mantine/core';
import { Link as RouterLink, useRouterState } from '@tanstack/react-router';
import { mayCall } from '../api/may.ts';
import { useOverview } from '../overview/use-overview.ts';
import { useSession } from '../session/session-context.ts';
import { PLACES } from './places.ts';

/** Only what the one who is signed in may see; with what waits for a person. */
export function Navigation() {
  const me = useSession();
  const { data } = useOverview();
  const path = useRouterState({ select: (state) => state.location.pathname });
  const waiting: Readonly<Record<string, number>> = {
    '/review': (data?.needsReview ?? 0) + (data?.failed ?? 0),
    '/alerts': data?.openAlerts ?? 0,
  };
  return (
    <nav aria-label="Main">
      {PLACES.filter((place) => mayCall(me, place.needs)).map(({ to, label, icon: Icon }) => {
        const isHere = to === '/' ? path === '/' : path.startsWith(to);
        const count = waiting[to] ?? 0;
        return (
          <NavLink
            key={to}
            component={RouterLink}
            to={to}
            label={label}
            active={isHere}
            aria-current={isHere ? 'page' : undefined}
            leftSection={<Icon size={16} aria-hidden />}
            rightSection={
              count > 0 && (
                <Badge size="sm" circle={count < 10} color="dark" variant="default">
                  {count > 999 ? '999+' : count}
                </Badge>
              )
            }
            py={5}
          />
        );
      })}
    </nav>
  );
}
