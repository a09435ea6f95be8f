/** Lets in whoever is signed in; everybody else sees the way in. */
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState, useSyncExternalStore, type ReactNode } from 'react';
import { answered, api } from '../api/client.ts';
import { enterByLink } from './enter-by-link.ts';
import { askOtherTabs, onSession, presentSession } from './session.ts';
import { SessionContext } from './session-context.ts';
import { SignInPage } from './sign-in-page.tsx';

/** So long another tab may take to answer before somebody is asked to sign in. */
const OTHER_TABS_MS = 150;

export function SessionGate({ children }: { readonly children: ReactNode }) {
  const session = useSyncExternalStore(onSession, presentSession);
  const [refusal, setRefusal] = useState<string>();
  const [isAsking, setAsking] = useState(true);
  const token = session?.token;

  useEffect(() => {
    void enterByLink()
      .then(setRefusal)
      .finally(() => {
        askOtherTabs();
        setTimeout(() => setAsking(false), OTHER_TABS_MS);
      });
  }, []);

  const me = useQuery({
    queryKey: ['me', token],
    queryFn: () => answered(api.GET('/v1/me')),
    enabled: token !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (token === undefined) return isAsking ? null : <SignInPage refusal={refusal} />;
  if (me.isError) return <SignInPage refusal={me.error.message} />;
  return me.data ? <SessionContext value={me.data}>{children}</SessionContext> : null;
}
