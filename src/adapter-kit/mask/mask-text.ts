/** Letters become x and digits 0; marks and lengths stay, so that what is there can be seen, and not what it says. */
export const maskText = (text: string): string => text.replaceAll(/\p{L}|\p{M}/gu, 'x').replaceAll(/\p{N}/gu, '0');
