import { Navigate, Outlet } from '@tanstack/react-router';
import { mayCall } from '../api/may.ts';
import { useSession } from '../session/session-context.ts';
import { NotForYou } from './not-for-you.tsx';
import { PLACES } from './places.ts';

/** The page, for whoever may read what is on it. */
export function Permitted({ path }: { readonly path: string }) {
  const me = useSession();
  const place = PLACES.find(({ to }) => (to === '/' ? path === '/' : path === to || path.startsWith(`${to}/`)));
  if (!place || mayCall(me, place.needs)) return <Outlet />;
  const first = PLACES.find(({ needs }) => mayCall(me, needs));
  // Where nobody has chosen a page, there is one all the same.
  if (place.to === '/' && first) return <Navigate to={first.to} replace />;
  return <NotForYou title={place.label} />;
}
