/** Lets in whoever is signed in; everybody else sees the way in. */
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState, useSyncExternalStore, type ReactNode } from 'react';
import { answered, api } from '../api/client.ts';
import { sayProblem } from '../api/problem.ts';
import { enterSandbox } from './sandbox-session.ts';
import { onSession, presentSession, whyEnded } from './session.ts';
import { SessionContext } from './session-context.ts';
import { goToSignIn, isReturn, returnFromSignIn } from './sign-in.ts';
import { SignInPage } from './sign-in-page.tsx';

let opened: Promise<string | undefined> | undefined;

/** Once for each page that is loaded. Resolves with what was wrong; not at all when the page is left for the identity provider. */
async function open(): Promise<string | undefined> {
  // Who comes from there, and was asked nothing, is not sent there again: that would never end.
  if (isReturn()) return returnFromSignIn();
  const refusal = await enterSandbox();
  if (refusal !== undefined || presentSession()) return refusal;
  return goToSignIn({ silently: true });
}

export function SessionGate({ children }: { readonly children: ReactNode }) {
  const session = useSyncExternalStore(onSession, presentSession);
  const [refusal, setRefusal] = useState<string>();
  const [isOpening, setOpening] = useState(true);

  useEffect(() => {
    void (opened ??= open()).then(setRefusal).finally(() => setOpening(false));
  }, []);

  const me = useQuery({
    queryKey: ['me', session?.id],
    queryFn: () => answered(api.GET('/v1/me')),
    enabled: session !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (!session) return isOpening ? null : <SignInPage refusal={whyEnded() ?? refusal} />;
  if (me.isError) return <SignInPage refusal={sayProblem(me.error)} />;
  return me.data ? <SessionContext value={me.data}>{children}</SessionContext> : null;
}
