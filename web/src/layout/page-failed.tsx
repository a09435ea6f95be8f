import { Button } from '@mantine/core';
import type { ErrorComponentProps } from '@tanstack/react-router';
import { sayProblem } from '../api/problem.ts';
import { Failure } from '../kit/failure.tsx';

/** A page that could not be shown; the rest of the console goes on. */
export function PageFailed({ error, reset }: ErrorComponentProps) {
  return (
    <Failure title="This page could not be shown">
      <p>{sayProblem(error)}</p>
      <Button variant="default" onClick={reset}>
        Try again
      </Button>
    </Failure>
  );
}
