import { processStart } from './process-start.ts';

/** A process as it can be written down and known again. */
export interface ProcessRecord {
  readonly pid: number;
  readonly mark: string;
}

/** Undefined when the process is gone already. */
export function recordProcess(pid: number): ProcessRecord | undefined {
  const start = processStart(pid);
  return start && { pid, mark: start.mark };
}

/** False also when the pid was given to another process meanwhile. */
export function isRunning(record: ProcessRecord): boolean {
  return processStart(record.pid)?.mark === record.mark;
}

/** What a JSON file says about a process; undefined when it says nothing usable. */
export function parseProcessRecord(value: unknown): ProcessRecord | undefined {
  if (typeof value !== 'object' || value === null || !('pid' in value) || !('mark' in value)) return undefined;
  const { pid, mark } = value;
  return typeof pid === 'number' && typeof mark === 'string' ? { pid, mark } : undefined;
}
