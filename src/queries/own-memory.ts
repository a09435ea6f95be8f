/**
 * The same bytes in memory of their own, for what is kept for long: small ones lie in a pool that Node shares out, and a part of that, however
 * small, keeps all of it.
 */
export function inOwnMemory(bytes: Uint8Array): Buffer {
  const own = Buffer.allocUnsafeSlow(bytes.byteLength);
  own.set(bytes);
  return own;
}
