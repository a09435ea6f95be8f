/** A call whose adapter is kept from writing. */
import { AdapterError, type Call } from '../adapter-kit/index.ts';

/** `doing`: check, say. A check that books something would be a booking nobody asked for. */
export function readOnly(call: Call, doing: string): Call {
  const refuseWrite = (write: boolean | undefined): void => {
    if (!write) return;
    throw new AdapterError(
      'misconfigured',
      `write-in-${doing}`,
      `the adapter wanted to write during a ${doing}, which was refused: it is to be corrected`,
    );
  };
  return {
    ...call,
    fetch: async (url, request) => {
      refuseWrite(request?.write);
      return call.fetch(url, request);
    },
    begin: (request) => {
      refuseWrite(request.write);
      return call.begin(request);
    },
  };
}
