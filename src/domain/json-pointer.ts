/** Escapes one part of a JSON Pointer (RFC 6901, section 3). */
export const escapePointer = (part: string | number): string =>
  String(part).replaceAll('~', '~0').replaceAll('/', '~1');

/** The parts of a JSON Pointer, as they were before they were escaped; none of the empty one. */
export const pointerParts = (pointer: string): string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
