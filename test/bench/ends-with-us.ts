/** Processes that are started here end when this one does, however it ends but by SIGKILL. */
import type { ChildProcess } from 'node:child_process';

export function endsWithUs<Child extends ChildProcess>(child: Child): Child {
  const end = (): void => void child.kill('SIGKILL');
  process.once('exit', end);
  child.once('exit', () => process.off('exit', end));
  return child;
}
