import { Link } from '../kit/link.tsx';
import { Page } from '../kit/page.tsx';

export function NoSuchPage() {
  return (
    <Page title="There is no such page">
      <p>
        The address may be mistyped, or from an older version. <Link to="/">Go to the overview</Link>
      </p>
    </Page>
  );
}
