/** How a behaviour says that a guarantee does not hold, or cannot be asked for. */
/** The adapter does not do what the contract says. */
export class Unmet extends Error {}

/** The behaviour means nothing for this adapter; the message says why. */
export class NotApplicable extends Error {}

export function must(holds: boolean, expectation: string): asserts holds {
  if (!holds) throw new Unmet(expectation);
}

/** `what` begins the sentence: "the outcome". Values are those of a sandbox, so they may be shown. */
export function mustBe(actual: unknown, expected: unknown, what: string): void {
  const [a, e] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (a !== e) throw new Unmet(`${what}: expected ${e}, got ${a}`);
}

export function mustBeOneOf<T>(actual: T, allowed: readonly T[], what: string): void {
  if (!allowed.includes(actual)) {
    throw new Unmet(
      `${what}: expected ${allowed.map((each) => JSON.stringify(each)).join(' or ')}, got ${JSON.stringify(actual)}`,
    );
  }
}
