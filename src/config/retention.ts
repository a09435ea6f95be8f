/** For how long what is kept. */
import { DEFAULT_RETENTION, RETENTION_CLASSES, RETENTION_LIMITS, type Retention } from '../domain/index.ts';
import { listOf, type Environment } from './environment.ts';

export function readRetention(env: Environment, problems: string[]): Retention {
  const retention = { ...DEFAULT_RETENTION };
  for (const each of listOf(env['TESSERA_RETENTION'])) {
    const [, given, days] = /^(\w+)=([1-9]\d{0,4})d$/.exec(each) ?? [];
    const name = RETENTION_CLASSES.find((known) => known === given);
    if (name === undefined) {
      problems.push(
        `TESSERA_RETENTION expects a comma list such as payloads=90d, of ${RETENTION_CLASSES.join(', ')}, got "${each}"`,
      );
      continue;
    }
    const { min, max } = RETENTION_LIMITS[name];
    if (Number(days) < min || Number(days) > max)
      problems.push(`TESSERA_RETENTION: ${name} are kept from ${min} to ${max} days, got "${each}"`);
    else retention[name] = Number(days);
  }
  return retention;
}
