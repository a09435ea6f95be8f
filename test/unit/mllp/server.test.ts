import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { afterEach, describe, expect, test } from '@jest/globals';
import {
  frameOf,
  openMllpClient,
  serveMllp,
  type MllpIncident,
  type MllpPeer,
  type MllpServer,
  type MllpServerOptions,
} from '#adapter-kit';
import { until } from '../../support/queues.ts';
import { selfSigned } from '../connections/certificate.ts';
import { gone, message, rawSocket, wireCall } from './peer.ts';

const open: MllpServer[] = [];

interface Listening {
  readonly port: number;
  readonly server: MllpServer;
  readonly heard: string[];
  readonly incidents: MllpIncident[];
  /** The next incident of this kind, or the one that was. */
  incident(kind: MllpIncident['kind']): Promise<MllpIncident>;
}

/** Answers every message by its own text. */
async function listening(options: Partial<MllpServerOptions> = {}): Promise<Listening> {
  const heard: string[] = [];
  const incidents: MllpIncident[] = [];
  let wake: () => void = () => undefined;
  const server = await serveMllp({
    host: '127.0.0.1',
    port: 0,
    onMessage: (bytes) => {
      heard.push(Buffer.from(bytes).toString());
      return Promise.resolve(bytes);
    },
    onIncident: (incident) => {
      incidents.push(incident);
      wake();
    },
    ...options,
  });
  open.push(server);
  return {
    port: server.port,
    server,
    heard,
    incidents,
    incident: async (kind) => {
      for (;;) {
        const found = incidents.find((each) => each.kind === kind);
        if (found) return found;
        await new Promise<void>((resolve) => (wake = resolve));
      }
    },
  };
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close(0)));
});

const framed = (...texts: readonly string[]): Buffer => Buffer.concat(texts.map((text) => frameOf(Buffer.from(text))));

describe('every message is answered once, in order', () => {
  test('when a hundred come in one packet', async () => {
    const { port, heard } = await listening();
    const { socket, read } = await rawSocket(port);
    const texts = Array.from({ length: 100 }, (_, index) => `MSH|${index}`);
    socket.write(framed(...texts));
    expect(await read(100)).toEqual(texts);
    expect(heard).toEqual(texts);
    socket.destroy();
  });

  test('when each byte comes in a packet of its own', async () => {
    const { port } = await listening();
    const { socket, read } = await rawSocket(port);
    socket.setNoDelay(true);
    for (const byte of framed('MSH|a\r', 'MSH|b\r'))
      await new Promise((resolve) => socket.write(Buffer.of(byte), resolve));
    expect(await read(2)).toEqual(['MSH|a\r', 'MSH|b\r']);
    socket.destroy();
  });

  test('even when the first takes longer than the next', async () => {
    const first = Promise.withResolvers<void>();
    const heard: string[] = [];
    const { port } = await listening({
      onMessage: async (bytes) => {
        heard.push(Buffer.from(bytes).toString());
        if (heard.length === 1) await first.promise;
        return bytes;
      },
    });
    const { socket, read } = await rawSocket(port);
    socket.write(framed('MSH|1', 'MSH|2'));
    const other = await rawSocket(port);
    other.socket.write(framed('MSH|other'));
    expect(await other.read(1)).toEqual(['MSH|other']);
    expect(heard).toEqual(['MSH|1', 'MSH|other']);
    first.resolve();
    expect(await read(2)).toEqual(['MSH|1', 'MSH|2']);
    socket.destroy();
    other.socket.destroy();
  });

  test('when more are handled at a time than one, whichever is ready first; no more than so many', async () => {
    const answers: (() => void)[] = [];
    const { port } = await listening({
      atOnce: 3,
      onMessage: (bytes) => new Promise((resolve) => answers.push(() => resolve(bytes))),
    });
    const { socket, read } = await rawSocket(port);
    socket.write(framed('MSH|1', 'MSH|2'));
    await until('two are handled', () => answers.length === 2);
    // Those that come while others are handled do not wait for them.
    socket.write(framed('MSH|3', 'MSH|4', 'MSH|5'));
    await until('three are handled', () => answers.length === 3);
    answers[2]?.();
    answers[1]?.();
    await delay(20);
    expect(answers).toHaveLength(3);
    answers[0]?.();
    expect(await read(3)).toEqual(['MSH|1', 'MSH|2', 'MSH|3']);
    await until('all are handled', () => answers.length === 5);
    answers[3]?.();
    answers[4]?.();
    expect((await read(5)).slice(3)).toEqual(['MSH|4', 'MSH|5']);
    socket.destroy();
  });

  test('and two senders whose halves interleave are not mixed up', async () => {
    const { port, heard } = await listening();
    const [one, two] = [await rawSocket(port), await rawSocket(port)];
    const [a, b] = [framed('MSH|one|1'), framed('MSH|two|2')];
    for (let at = 0; at < a.length; at++) {
      await new Promise((resolve) => one.socket.write(a.subarray(at, at + 1), resolve));
      await new Promise((resolve) => two.socket.write(b.subarray(at, at + 1), resolve));
    }
    expect(await one.read(1)).toEqual(['MSH|one|1']);
    expect(await two.read(1)).toEqual(['MSH|two|2']);
    expect(heard.toSorted()).toEqual(['MSH|one|1', 'MSH|two|2']);
    one.socket.destroy();
    two.socket.destroy();
  });

  test('also to a sender that has closed its half', async () => {
    const { port } = await listening();
    const { socket, read } = await rawSocket(port);
    socket.end(`\u000bMSH|a\u001c`);
    expect(await read(1)).toEqual(['MSH|a']);
    await gone(socket);
  });

  test('and when the last 0x0D is missing, after a silence', async () => {
    const { port } = await listening({ endWaitMs: 20 });
    const { socket, read } = await rawSocket(port);
    socket.write(`\u000bMSH|a\u001c`);
    expect(await read(1)).toEqual(['MSH|a']);
    socket.destroy();
  });

  test('to our own client', async () => {
    const { port } = await listening({
      onMessage: () => Promise.resolve(Buffer.from('MSH|^~\\&|||||||ACK|R|P|2.5\rMSA|AA|A1\r')),
    });
    const client = openMllpClient({ host: '127.0.0.1', port });
    const { application } = await client.send(wireCall(port), message('A1', 'Zoë ~ \u000b'), { write: true });
    expect(application?.get('MSA-1')).toBe('AA');
    await client.close();
  });
});

describe('what is not answered', () => {
  test('is a message whose handler failed: the sender is cut, so that it sends that one again before the next', async () => {
    const heard: string[] = [];
    const { port, incident } = await listening({
      onMessage: (bytes) => {
        heard.push(Buffer.from(bytes).toString());
        return Promise.reject(new Error('no database'));
      },
    });
    const { socket } = await rawSocket(port);
    socket.write(framed('MSH|1', 'MSH|2'));
    await gone(socket);
    expect(heard).toEqual(['MSH|1']);
    expect((await incident('handler-failed')).error).toEqual(new Error('no database'));
  });

  test('are those that were handled beside one that failed: what comes after it is sent again, too', async () => {
    const { port, incident } = await listening({
      atOnce: 3,
      onMessage: async (bytes) => {
        if (!bytes.includes('2'.charCodeAt(0))) return bytes;
        await delay(10);
        throw new Error('no database');
      },
    });
    const { socket, read } = await rawSocket(port);
    socket.write(framed('MSH|1', 'MSH|2', 'MSH|3'));
    expect(await read(1)).toEqual(['MSH|1']);
    await gone(socket);
    expect(await Promise.race([read(2), delay(20)])).toBeUndefined();
    expect((await incident('handler-failed')).error).toEqual(new Error('no database'));
  });

  test('is a message that wants no answer; later ones do not suffer', async () => {
    const { port } = await listening({
      onMessage: (bytes) => Promise.resolve(Buffer.from(bytes).toString() === 'MSH|1' ? undefined : bytes),
    });
    const { socket, read } = await rawSocket(port);
    socket.write(framed('MSH|1', 'MSH|2'));
    expect(await read(1)).toEqual(['MSH|2']);
    socket.destroy();
  });

  test('is a probe, and its bytes are never a message', async () => {
    const { port, heard, incident } = await listening();
    const { socket, read } = await rawSocket(port);
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    socket.write(framed('MSH|a'));
    expect(await read(1)).toEqual(['MSH|a']);
    expect(heard).toEqual(['MSH|a']);
    expect(await incident('garbage')).toMatchObject({ byteCount: 21, address: '127.0.0.1', connection: 1 });
    socket.destroy();
  });
});

describe('a sender is cut', () => {
  test('that sends nothing but garbage', async () => {
    const { port, incident } = await listening();
    const { socket } = await rawSocket(port);
    socket.write(Buffer.alloc(70_000, 'x'));
    await gone(socket);
    expect(await incident('garbage')).toBeDefined();
  });

  test('whose message is above the limit', async () => {
    const { port, incident, heard } = await listening({ frameBytesMax: 1_000 });
    const { socket } = await rawSocket(port);
    socket.write(framed(`MSH|${'x'.repeat(1_000)}`));
    await gone(socket);
    expect(await incident('too-large')).toBeDefined();
    expect(heard).toEqual([]);
  });

  test('whose message does not come to an end, however often it sends a byte', async () => {
    const { port, incident } = await listening({ frameMs: 60 });
    const { socket } = await rawSocket(port);
    socket.write('\u000bMSH|');
    const drip = setInterval(() => socket.write('x'), 5);
    await gone(socket);
    clearInterval(drip);
    expect(await incident('too-slow')).toBeDefined();
  });

  test('that is silent', async () => {
    const { port, incident } = await listening({ idleMs: 20 });
    const { socket } = await rawSocket(port);
    await gone(socket);
    expect(await incident('idle')).toBeDefined();
  });

  test('that does not read its answers', async () => {
    const { port, incident } = await listening({
      frameMs: 60,
      onMessage: () => Promise.resolve(Buffer.alloc(8_000_000, 'x')),
    });
    const { socket } = await rawSocket(port);
    socket.pause();
    socket.write(framed('MSH|1', 'MSH|2'));
    expect(await incident('too-slow')).toBeDefined();
    socket.destroy();
  });

  test('by the handler', async () => {
    const { port } = await listening({
      onMessage: (_bytes: Uint8Array, peer: MllpPeer) => {
        peer.drop();
        return Promise.resolve(undefined);
      },
    });
    const { socket } = await rawSocket(port);
    socket.write(framed('MSH|1'));
    await expect(gone(socket)).resolves.toBeUndefined();
  });

  test('but not for the time its message takes here', async () => {
    const go = Promise.withResolvers<void>();
    const { port, incidents } = await listening({
      frameMs: 500,
      idleMs: 500,
      onMessage: async (bytes) => {
        await go.promise;
        return bytes;
      },
    });
    const { socket, read } = await rawSocket(port);
    socket.write(Buffer.concat([framed('MSH|1'), Buffer.from('\u000bMSH|2')]));
    setTimeout(go.resolve, 1_000);
    expect(await read(1)).toEqual(['MSH|1']);
    expect(incidents).toEqual([]);
    socket.write('\u001c\r');
    expect(await read(2)).toEqual(['MSH|1', 'MSH|2']);
    socket.destroy();
  });
});

describe('how many may connect', () => {
  test('is limited; who never brought a message gives way, nobody else', async () => {
    const { port, server, incident } = await listening({ maxConnections: 2 });
    const worker = await rawSocket(port);
    worker.socket.write(framed('MSH|1'));
    await worker.read(1);
    const silent = await rawSocket(port);
    const third = await rawSocket(port);
    await gone(silent.socket);
    third.socket.write(framed('MSH|3'));
    expect(await third.read(1)).toEqual(['MSH|3']);
    const fourth = await rawSocket(port);
    await gone(fourth.socket);
    expect(await incident('refused')).toBeDefined();
    worker.socket.write(framed('MSH|2'));
    expect(await worker.read(2)).toEqual(['MSH|1', 'MSH|2']);
    expect(server.connections).toBe(2);
    worker.socket.destroy();
    third.socket.destroy();
  });

  test('and who: an address that is not on the list is not heard', async () => {
    const { port, heard, incident } = await listening({ allow: ['10.0.0.0/8', '::1'] });
    const { socket } = await rawSocket(port);
    socket.write(framed('MSH|1'));
    await gone(socket);
    expect(await incident('refused')).toMatchObject({ address: '127.0.0.1', connection: 0 });
    expect(heard).toEqual([]);
  });

  test.each([['127.0.0.1'], ['127.0.0.0/8'], ['0.0.0.0/0']])('%s on the list is', async (entry) => {
    const { port } = await listening({ allow: [entry] });
    const { socket, read } = await rawSocket(port);
    socket.write(framed('MSH|1'));
    expect(await read(1)).toEqual(['MSH|1']);
    socket.destroy();
  });

  test.each(['10.0.0.0/33', '10.0.0', 'host', '10.0.0.0/8/8', '10.0.0.0/', ''])(
    'a list with "%s" is refused',
    async (entry) => {
      await expect(listening({ allow: [entry] })).rejects.toThrow('neither an address nor a network');
    },
  );
});

describe('off loopback', () => {
  const onMessage = (): Promise<undefined> => Promise.resolve(undefined);

  test.each(['0.0.0.0', '::', '192.0.2.1', 'his.example'])(
    '%s without TLS and without a list is refused',
    async (host) => {
      await expect(serveMllp({ host, port: 0, onMessage })).rejects.toThrow('would be open to everybody');
    },
  );

  test.each<[string, Partial<MllpServerOptions>]>([
    ['a list', { allow: ['10.0.0.0/8'] }],
    ['TLS', { tls: selfSigned() }],
    ['being told so', { unprotected: true }],
  ])('%s is enough to listen', async (_name, options) => {
    const { port } = await listening({ host: '0.0.0.0', ...options });
    expect(port).toBeGreaterThan(0);
  });
});

describe('with TLS', () => {
  const site = selfSigned();
  const sender = selfSigned({ name: 'his' });
  const tls = { cert: site.cert, key: site.key, clientCa: sender.cert };

  test('a sender with the right certificate is heard, and named', async () => {
    const names: (string | undefined)[] = [];
    const { port } = await listening({
      tls,
      onMessage: (bytes, peer) => {
        names.push(peer.certificateName);
        return Promise.resolve(bytes);
      },
    });
    const socket = connectTls({ port, host: '127.0.0.1', ca: site.cert, ...sender });
    socket.write(framed('MSH|1'));
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer).toEqual(framed('MSH|1'));
    expect(names).toEqual(['his']);
    socket.destroy();
  });

  test('one without is not', async () => {
    const { port, heard, incident } = await listening({ tls });
    const socket = connectTls({ port, host: '127.0.0.1', ca: site.cert });
    socket.on('error', () => undefined);
    socket.write(framed('MSH|1'));
    await gone(socket);
    await incident('socket-error');
    expect(heard).toEqual([]);
  });

  test('one that does not even begin the handshake does not keep the port from closing', async () => {
    const { port, server } = await listening({ tls });
    const { socket } = await rawSocket(port);
    const closed = gone(socket);
    await server.close(0);
    await expect(closed).resolves.toBeUndefined();
  });
});

test('closing answers what is being handled, and reads nothing more', async () => {
  const go = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const { port, server } = await listening({
    onMessage: async (bytes) => {
      begun.resolve();
      await go.promise;
      return bytes;
    },
  });
  const { socket, read } = await rawSocket(port);
  socket.write(framed('MSH|1'));
  await begun.promise;
  const closing = server.close(10_000);
  go.resolve();
  expect(await read(1)).toEqual(['MSH|1']);
  await closing;
  expect(server.connections).toBe(0);
});
