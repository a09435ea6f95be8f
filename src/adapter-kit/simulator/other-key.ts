/** Quirk G4: in another environment the same patient has another key. */

/** Of the same length and alphabet: its last digit is another one. */
export const otherKey = (id: string): string => id.replace(/\d(?=\D*$)/, (digit) => String((Number(digit) + 5) % 10));
