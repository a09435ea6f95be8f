import { Page } from '../kit/page.tsx';
import { useSession } from '../session/session-context.ts';

export function NotForYou({ title }: { readonly title: string }) {
  const { role } = useSession();
  return (
    <Page title={title}>
      <p>This page is not for the role {role}. An admin of your organization can say who may see it.</p>
    </Page>
  );
}
