/**
 * `npm audit --json` on standard input: exit code 1 when a runtime dependency has a known vulnerability of severity high or critical.
 * A registry that does not answer such questions (a mirror, a machine without one) says nothing about the dependencies: that is told.
 */
import { text } from 'node:stream/consumers';

const answer = parsed(await text(process.stdin));
const found = answer?.metadata?.vulnerabilities;
if (!found) {
  console.error(
    `not known: whether the runtime dependencies have vulnerabilities (${answer?.message ?? 'npm audit told nothing'})`,
  );
} else if (found.high + found.critical > 0) {
  for (const [name, { severity, fixAvailable }] of Object.entries(answer.vulnerabilities ?? {}))
    console.error(`${name}: ${severity}${fixAvailable ? ', there is a fix' : ''}`);
  console.error(
    'expected no runtime dependency with a known vulnerability of severity high or critical: update it, or take it out',
  );
  process.exitCode = 1;
}

function parsed(json) {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
