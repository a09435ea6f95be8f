/** Values of the types that the hub's statements use, and how they compare. */

export function instantMs(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  const ms = Date.parse(value);
  if (Number.isNaN(ms)) throw new Error(`the simulated database cannot read the instant "${value}"`);
  return ms;
}

/** What is stored of a value of a column of this type. */
export function stored(value: unknown, type: string): unknown {
  if (value === null || value === undefined) return null;
  if (type === 'timestamptz') return value instanceof Date ? value.getTime() : instantMs(value);
  if (type === 'jsonb' && typeof value === 'string') return JSON.parse(value);
  if (typeof value === 'number' && (type === 'integer' || type === 'bigint' || type === 'smallint'))
    return Math.round(value);
  return value;
}

/** What node-postgres gives back of it. */
export function shown(value: unknown, type: string): unknown {
  if (value === undefined || value === null) return null;
  return type === 'timestamptz' && typeof value === 'number' ? new Date(value).toISOString() : value;
}

export function equal(a: unknown, b: unknown): boolean {
  if (Buffer.isBuffer(a) && Buffer.isBuffer(b)) return a.equals(b);
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((each, index) => equal(each, b[index]));
  }
  return a === b;
}

/** Of two values of one type that are not null. */
export function order(a: unknown, b: unknown): number {
  return (a as number) < (b as number) ? -1 : (a as number) > (b as number) ? 1 : 0;
}
