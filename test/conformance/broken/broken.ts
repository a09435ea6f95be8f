/** An adapter with one fault put into it on purpose, and who has to notice. */
import type { Adapter, BookRequest, Call, Connector, HisFetch, Outcome } from '#adapter-kit';

export const SOUND = ['epic', 'cerner', 'hl7v2', 'xml-his', '_template', 'native'] as const;

export interface Broken {
  /** Completes "an adapter that …". */
  readonly fault: string;
  /** Which sound adapter is broken. */
  readonly of: (typeof SOUND)[number];
  /** Behaviours and rows of the vendor that must fail. */
  readonly caughtBy: readonly string[];
  readonly breaks: (adapter: Adapter) => Adapter;
}

/** Replaces methods of the connector. */
export const inConnector =
  (faulty: (sound: Connector) => Partial<Connector>) =>
  (adapter: Adapter): Adapter => ({
    ...adapter,
    connect(settings) {
      const sound = adapter.connect(settings);
      return { ...sound, ...faulty(sound) };
    },
  });

/** Every method of the connector gets another call. */
export const inEachCall = (faulty: (call: Call) => Call): Broken['breaks'] =>
  inConnector((sound) =>
    Object.fromEntries(
      Object.entries(sound)
        .filter(([name]) => name !== 'close')
        .map(([name, method]) => [
          name,
          (call: Call, ...rest: readonly unknown[]): unknown =>
            Reflect.apply(method as never, sound, [faulty(call), ...rest]),
        ]),
    ),
  );

export const withFetch = (call: Call, faulty: (fetch: HisFetch) => HisFetch): Call => ({
  ...call,
  fetch: faulty(call.fetch),
});

/** What a booking comes to is taken for something else. */
export const misreading = (faulty: (outcome: Outcome, request: BookRequest) => Outcome): Broken['breaks'] =>
  inConnector((sound) => ({ book: async (call, request) => faulty(await sound.book(call, request), request) }));

export const ASSUMED: Outcome = { class: 'success', externalId: 'assumed' };

/** Another reason, or another class, for refusals of this reason. */
export const mistaking = (reason: string, taken: Outcome): Broken['breaks'] =>
  misreading((outcome) => (outcome.class !== 'success' && outcome.reason === reason ? taken : outcome));
