/** HL7 has no slots, only times: the key of one is its provider and its start. */

/** `start`: RFC 3339 instant. */
export const slotKey = (providerId: string, start: string): string =>
  `${providerId}@${new Date(start).toISOString().replace(/[-:]|\.\d{3}/g, '')}`;
