import { sayProblem } from '../api/problem.ts';
import { Failure } from './failure.tsx';
import { Page } from './page.tsx';

/** In place of a page whose subject could not be read. */
export const PageFailure = ({ title, error }: { readonly title: string; readonly error: unknown }) => (
  <Page title={title}>
    <Failure>{sayProblem(error)}</Failure>
  </Page>
);
