/** An adapter with one fault put into it on purpose, and who has to notice. */
import type { Adapter, Call, Connector, HisFetch } from '#adapter-kit';

export interface Broken {
  /** Completes "an adapter that …". */
  readonly fault: string;
  /** Which sound adapter is broken. */
  readonly of: 'epic' | '_template' | 'native';
  /** Behaviours that must fail. */
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
