/** Processor time of processes, in milliseconds, all their threads: other load on the machine stretches it less than the clock's. Linux only; 0 elsewhere. */
import { readdir, readFile } from 'node:fs/promises';

export async function processorMs(pids: readonly number[]): Promise<number> {
  const times = await Promise.all(pids.map(ofProcess));
  return times.reduce((sum, each) => sum + each, 0);
}

/** A process, and those that it has started. */
export async function family(pid: number): Promise<readonly number[]> {
  const all = await readdir('/proc').catch(() => []);
  const parents = await Promise.all(
    all
      .filter((name) => /^\d+$/.test(name))
      .map(async (name) => ({ pid: Number(name), parent: await parentOf(Number(name)) })),
  );
  return [pid, ...parents.filter(({ parent }) => parent === pid).map((each) => each.pid)];
}

export async function parentOf(pid: number): Promise<number> {
  return Number((await statOf(pid))[PARENT] ?? Number.NaN);
}

/** proc_pid_stat(5): the fields after the name in brackets, which may hold blanks. */
async function statOf(pid: number): Promise<readonly string[]> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}

const PARENT = 1;
/** Of children that have ended, as user and as kernel, in hundredths of a second. */
const ENDED = [13, 14];
const TICK_MS = 10;

/** Scheduler statistics of the Linux kernel: the first number is nanoseconds on a processor. With its children that have ended. */
async function ofProcess(pid: number): Promise<number> {
  const stat = await statOf(pid);
  const ended = ENDED.reduce((sum, field) => sum + Number(stat[field] ?? 0) * TICK_MS, 0);
  const tasks = await readdir(`/proc/${pid}/task`).catch(() => []);
  const texts = await Promise.all(
    tasks.map((task) => readFile(`/proc/${pid}/task/${task}/schedstat`, 'utf8').catch(() => '0')),
  );
  return texts.reduce((sum, text) => sum + Number(text.split(' ')[0]), 0) / 1_000_000 + ended;
}
