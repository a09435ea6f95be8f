/** How much callers may ask for, in a window of time. */
export const RATE_NAMES = ['organization', 'client', 'route', 'costly', 'address'] as const;

/**
 * organization  all callers of one
 * client        one caller
 * route         one caller on one operation
 * costly        the same, where the operation means work of seconds
 * address       who has no token
 */
export type RateName = (typeof RATE_NAMES)[number];

export interface Rate {
  readonly requests: number;
  /** The window, whole seconds. */
  readonly seconds: number;
}
export type Rates = Readonly<Record<RateName, Rate>>;

export const DEFAULT_RATES: Rates = {
  organization: { requests: 10_000, seconds: 10 },
  client: { requests: 2_000, seconds: 10 },
  route: { requests: 1_000, seconds: 10 },
  costly: { requests: 60, seconds: 60 },
  address: { requests: 600, seconds: 60 },
};
