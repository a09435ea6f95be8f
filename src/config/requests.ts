/** How many requests are let in, and whose word about their origin is believed. */
import { DEFAULT_RATES, RATE_NAMES, type Rate, type RateName, type Rates } from '../domain/index.ts';
import { isNetwork, listOf, type Environment } from './environment.ts';

/** Whoever tries the hub out, or measures it, is alone on it. */
const SANDBOX_FACTOR = 100;

export function readRates(env: Environment, sandbox: boolean, problems: string[]): Rates {
  const rates: Record<RateName, Rate> = { ...DEFAULT_RATES };
  if (sandbox) {
    for (const name of RATE_NAMES)
      rates[name] = { requests: rates[name].requests * SANDBOX_FACTOR, seconds: rates[name].seconds };
  }
  for (const each of listOf(env['TESSERA_RATE_LIMITS'])) {
    const [, given, requests, seconds] = /^(\w+)=([1-9]\d{0,8})\/([1-9]\d{0,4})s$/.exec(each) ?? [];
    const name = RATE_NAMES.find((known) => known === given);
    if (name === undefined) {
      problems.push(
        `TESSERA_RATE_LIMITS expects a comma list such as client=2000/10s, of ${RATE_NAMES.join(', ')}, got "${each}"`,
      );
    } else rates[name] = { requests: Number(requests), seconds: Number(seconds) };
  }
  return rates;
}

export function readTrustedProxies(env: Environment, problems: string[]): readonly string[] {
  const given = listOf(env['TESSERA_TRUSTED_PROXIES']);
  for (const each of given.filter((entry) => !isNetwork(entry)))
    problems.push(`TESSERA_TRUSTED_PROXIES expects IP addresses and networks such as 10.0.0.0/8, got "${each}"`);
  return given;
}
