import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { FRAME_BYTES_MAX, frameOf, openMllpClient, type Hl7Message } from '#adapter-kit';
import { selfSigned } from '../connections/certificate.ts';
import { ack, message, openPeer, wireCall, type Arrived } from './peer.ts';

const HOST = '127.0.0.1';
const agree = (arrived: Arrived): void => arrived.answer(ack('AA', arrived.controlId));

describe('an answer', () => {
  test('is that of its own message: its MSA-2 is our MSH-10', async () => {
    await using peer = await openPeer(agree);
    const client = openMllpClient({ host: HOST, port: peer.port });
    const call = wireCall(peer.port);
    const { application, accept } = await client.send(call, message('A1'), { write: true });
    expect(application?.get('MSA-2')).toBe('A1');
    expect(accept).toBeUndefined();
    expect(call.recorder.writeSent).toBe(true);
    expect(call.recorder.exchanges).toEqual([
      expect.objectContaining({
        method: 'MLLP',
        url: `mllp://127.0.0.1:${peer.port}`,
        write: true,
        requestBody: message('A1').toString(),
        responseBody: ack('AA', 'A1').toString(),
        failure: null,
      }),
    ]);
    await client.close();
  });

  test('to another message is told apart, and waited past', async () => {
    const unmatched: string[] = [];
    await using peer = await openPeer(({ controlId, answer }) => {
      answer(ack('AA', 'SOMETHINGELSE'));
      answer(ack('AE', controlId));
    });
    const onUnmatched = (late: Hl7Message): void => void unmatched.push(late.get('MSA-2') ?? '');
    const client = openMllpClient({ host: HOST, port: peer.port, onUnmatched });
    const { application } = await client.send(wireCall(peer.port), message('A1'), { write: true });
    expect(application?.get('MSA-1')).toBe('AE');
    expect(unmatched).toEqual(['SOMETHINGELSE']);
    await client.close();
  });

  test('that is no message, or cut off at its very end, is read past or completed', async () => {
    await using peer = await openPeer(({ controlId, socket, answer }) => {
      answer(Buffer.from('\u0006'));
      socket.end(`\u000b${ack('AA', controlId).toString()}\u001c`);
    });
    const client = openMllpClient({ host: HOST, port: peer.port });
    const { application } = await client.send(wireCall(peer.port), message('A1'), { write: false });
    expect(application?.get('MSA-1')).toBe('AA');
    await client.close();
  });

  test('without its last byte is taken as whole after a silence', async () => {
    await using peer = await openPeer(
      ({ controlId, socket }) => void socket.write(`\u000b${ack('AA', controlId).toString()}\u001c`),
    );
    const client = openMllpClient({ host: HOST, port: peer.port });
    const { application } = await client.send(wireCall(peer.port), message('A1'), { write: false });
    expect(application?.get('MSA-1')).toBe('AA');
    await client.close();
  });
});

describe('no answer', () => {
  test('in time: the message may be processed, and the connection is closed so that a late answer meets nobody', async () => {
    await using peer = await openPeer(({ controlId, answer }) => {
      if (controlId === 'A2') answer(ack('AA', 'A2'));
    });
    const client = openMllpClient({ host: HOST, port: peer.port, ackTimeoutMs: 50 });
    const call = wireCall(peer.port);
    await expect(client.send(call, message('A1'), { write: true })).rejects.toMatchObject({
      kind: 'protocol',
      reason: 'answer-lost',
    });
    expect(call.recorder.writeSent).toBe(true);
    expect(call.recorder.exchanges).toEqual([expect.objectContaining({ failure: 'ACK_TIMEOUT', responseBody: null })]);
    const late = peer.arrived[0];
    const second = client.send(wireCall(peer.port), message('A2'), { write: true });
    late?.answer(ack('AE', 'A2'));
    expect((await second).application?.get('MSA-1')).toBe('AA');
    expect(peer.sockets).toHaveLength(2);
    await client.close();
  });

  test.each([
    ['of another message', ack('AA', 'X'), 'ACK_OF_ANOTHER'],
    ['that cannot be read', Buffer.from('HELLO'), 'ACK_UNREADABLE'],
  ])('but one %s: the record says so', async (_name, answer, failure) => {
    await using peer = await openPeer((arrived) => arrived.answer(answer));
    const client = openMllpClient({ host: HOST, port: peer.port, ackTimeoutMs: 50 });
    const call = wireCall(peer.port);
    await expect(client.send(call, message('A1'), { write: true })).rejects.toMatchObject({ reason: 'answer-lost' });
    expect(call.recorder.exchanges[0]).toMatchObject({ failure });
    await client.close();
  });

  test('because the connection broke: it may be processed', async () => {
    await using peer = await openPeer(({ socket }) => void socket.resetAndDestroy());
    const client = openMllpClient({ host: HOST, port: peer.port });
    const call = wireCall(peer.port);
    await expect(client.send(call, message('A1'), { write: true })).rejects.toMatchObject({
      kind: 'protocol',
      reason: 'answer-lost',
    });
    expect(call.recorder.exchanges[0]).toMatchObject({ failure: 'ECONNRESET' });
    await client.close();
  });

  test('before the deadline of the call: it may be processed', async () => {
    const deadline = new AbortController();
    await using peer = await openPeer(() => deadline.abort());
    const client = openMllpClient({ host: HOST, port: peer.port });
    const call = wireCall(peer.port, deadline.signal);
    await expect(client.send(call, message('A1'), { write: true })).rejects.toMatchObject({
      kind: 'protocol',
      reason: 'deadline',
    });
    expect(call.recorder.writeSent).toBe(true);
    await client.close();
  });
});

describe('a message that has not left', () => {
  test('because nobody listens is not processed', async () => {
    const server = createServer().listen(0, HOST);
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const client = openMllpClient({ host: HOST, port });
    const call = wireCall(port);
    await expect(client.send(call, message('A1'), { write: true })).rejects.toMatchObject({
      kind: 'unavailable',
      reason: 'not-reached',
    });
    expect(call.recorder.writeSent).toBe(false);
    expect(call.recorder.exchanges).toEqual([expect.objectContaining({ failure: 'ECONNREFUSED' })]);
  });

  test('because its turn did not come in time is not processed, and nobody is overtaken', async () => {
    await using peer = await openPeer();
    const client = openMllpClient({ host: HOST, port: peer.port });
    const first = client.send(wireCall(peer.port), message('A1'), { write: true });
    await peer.nth(1);
    const deadline = new AbortController();
    const call = wireCall(peer.port, deadline.signal);
    const second = expect(client.send(call, message('A2'), { write: true })).rejects.toMatchObject({
      kind: 'unavailable',
      reason: 'deadline',
    });
    const third = client.send(wireCall(peer.port), message('A3'), { write: true });
    deadline.abort();
    await second;
    expect(call.recorder.writeSent).toBe(false);
    expect(peer.arrived.map(({ controlId }) => controlId)).toEqual(['A1']);
    agree(await peer.nth(1));
    await first;
    agree(await peer.nth(2));
    await third;
    expect(peer.arrived.map(({ controlId }) => controlId)).toEqual(['A1', 'A3']);
    await client.close();
  });

  test('because its host is not that of the connection is refused', async () => {
    await using peer = await openPeer(agree);
    const client = openMllpClient({ host: HOST, port: peer.port });
    const call = wireCall(1);
    await expect(client.send(call, message('A1'), { write: true })).rejects.toMatchObject({ reason: 'foreign-origin' });
    expect(peer.arrived).toEqual([]);
    await client.close();
  });

  test('because it has no MSH-10 is refused', async () => {
    const client = openMllpClient({ host: HOST, port: 1 });
    await expect(client.send(wireCall(1), message(''), { write: true })).rejects.toMatchObject({
      kind: 'misconfigured',
      reason: 'no-control-id',
    });
  });

  test('because the client was closed is not processed', async () => {
    await using peer = await openPeer(agree);
    const client = openMllpClient({ host: HOST, port: peer.port });
    await client.close();
    await expect(client.send(wireCall(peer.port), message('A1'), { write: true })).rejects.toMatchObject({
      kind: 'unavailable',
    });
  });
});

describe('one connection', () => {
  test('has one message outstanding, in the order of sending', async () => {
    const outstanding: string[] = [];
    await using peer = await openPeer((arrived) => {
      outstanding.push(arrived.controlId);
      setImmediate(() => {
        expect(outstanding).toEqual([arrived.controlId]);
        outstanding.pop();
        agree(arrived);
      });
    });
    const client = openMllpClient({ host: HOST, port: peer.port });
    const ids = Array.from({ length: 50 }, (_, index) => `A${index}`);
    const answers = await Promise.all(ids.map((id) => client.send(wireCall(peer.port), message(id), { write: true })));
    expect(answers.map(({ application }) => application?.get('MSA-2'))).toEqual(ids);
    expect(peer.arrived.map(({ controlId }) => controlId)).toEqual(ids);
    expect(peer.sockets).toHaveLength(1);
    await client.close();
  });

  test('is opened again after the HIS closed it', async () => {
    await using peer = await openPeer(agree);
    const client = openMllpClient({ host: HOST, port: peer.port });
    await client.send(wireCall(peer.port), message('A1'), { write: true });
    const [socket] = peer.sockets;
    if (!socket) throw new Error('the peer has no connection');
    // The client has seen it once it answers the end with its own.
    socket.end();
    await once(socket, 'close');
    await client.send(wireCall(peer.port), message('A2'), { write: true });
    expect(peer.sockets).toHaveLength(2);
    await client.close();
  });

  test('that is not used is closed before it is forgotten on the way', async () => {
    await using peer = await openPeer(agree);
    const client = openMllpClient({ host: HOST, port: peer.port, idleMs: 20 });
    await client.send(wireCall(peer.port), message('A1'), { write: true });
    if (peer.sockets[0]?.readableEnded === false) await once(peer.sockets[0], 'end');
    await client.send(wireCall(peer.port), message('A2'), { write: true });
    expect(peer.sockets).toHaveLength(2);
    await client.close();
  });
});

describe('in enhanced mode', () => {
  test('CA alone says that the message is stored, no more', async () => {
    await using peer = await openPeer(({ controlId, answer }) => answer(ack('CA', controlId)));
    const client = openMllpClient({ host: HOST, port: peer.port });
    const { accept, application } = await client.send(wireCall(peer.port), message('A1'), { write: true });
    expect(accept?.get('MSA-1')).toBe('CA');
    expect(application).toBeUndefined();
    await client.close();
  });

  test('the application acknowledgement may follow on the same connection', async () => {
    await using peer = await openPeer(({ controlId, answer }) => {
      answer(ack('CA', controlId));
      answer(ack('AE', controlId));
    });
    const client = openMllpClient({ host: HOST, port: peer.port });
    const call = wireCall(peer.port);
    const answer = await client.send(call, message('A1'), { write: true, awaitApplication: true });
    expect(answer.accept?.get('MSA-1')).toBe('CA');
    expect(answer.application?.get('MSA-1')).toBe('AE');
    expect(call.recorder.exchanges[0]?.responseBody).toBe(
      `${ack('CA', 'A1').toString()}\r${ack('AE', 'A1').toString()}`,
    );
    await client.close();
  });

  test('one that comes after its time is told as such, on the connection that stayed open', async () => {
    const late = Promise.withResolvers<Hl7Message>();
    await using peer = await openPeer(({ controlId, answer }) => answer(ack('CA', controlId)));
    const client = openMllpClient({ host: HOST, port: peer.port, ackTimeoutMs: 50, onUnmatched: late.resolve });
    const answer = await client.send(wireCall(peer.port), message('A1'), { write: true, awaitApplication: true });
    expect(answer.accept?.get('MSA-1')).toBe('CA');
    expect(answer.application).toBeUndefined();
    (await peer.nth(1)).answer(ack('AA', 'A1'));
    expect((await late.promise).get('MSA-1')).toBe('AA');
    expect(peer.sockets).toHaveLength(1);
    await client.close();
  });

  test.each(['CE', 'CR'])('%s ends it', async (code) => {
    await using peer = await openPeer(({ controlId, answer }) => answer(ack(code, controlId)));
    const client = openMllpClient({ host: HOST, port: peer.port });
    const answer = await client.send(wireCall(peer.port), message('A1'), { write: true, awaitApplication: true });
    expect(answer.accept?.get('MSA-1')).toBe(code);
    await client.close();
  });

  test('a connection that breaks after CA leaves the message stored', async () => {
    await using peer = await openPeer(({ controlId, socket }) => void socket.end(frameOf(ack('CA', controlId))));
    const client = openMllpClient({ host: HOST, port: peer.port });
    const answer = await client.send(wireCall(peer.port), message('A1'), { write: true, awaitApplication: true });
    expect(answer.accept?.get('MSA-1')).toBe('CA');
    await client.close();
  });
});

describe('with TLS', () => {
  const site = selfSigned();
  const hub = selfSigned({ name: 'hub' });

  test('the HIS proves who it is, and so does the hub where it is asked', async () => {
    await using peer = await openPeer(agree, { ...site, ca: hub.cert });
    const client = openMllpClient({ host: HOST, port: peer.port, tls: { ca: site.cert, ...hub } });
    const { application } = await client.send(wireCall(peer.port), message('A1'), { write: true });
    expect(application?.get('MSA-1')).toBe('AA');
    await client.close();
  });

  test.each([
    ['is not trusted', {}],
    ['is of another', { ca: site.cert, serverName: 'elsewhere' }],
  ])('nothing is sent to who shows a certificate that %s', async (_name, tls) => {
    await using peer = await openPeer(agree, site);
    const client = openMllpClient({ host: HOST, port: peer.port, tls });
    const call = wireCall(peer.port);
    await expect(client.send(call, message('A1'), { write: true })).rejects.toMatchObject({
      kind: 'unavailable',
      reason: 'not-reached',
    });
    expect(call.recorder.writeSent).toBe(false);
    expect(peer.arrived).toEqual([]);
    await client.close();
  });

  test('nothing is sent to who does not finish the handshake', async () => {
    await using peer = await openPeer();
    const client = openMllpClient({ host: HOST, port: peer.port, tls: { ca: site.cert }, connectTimeoutMs: 50 });
    const call = wireCall(peer.port);
    await expect(client.send(call, message('A1'), { write: true })).rejects.toMatchObject({ kind: 'unavailable' });
    expect(call.recorder.exchanges[0]).toMatchObject({ failure: 'CONNECT_TIMEOUT' });
    await client.close();
  });
});

test('an answer above the limit is none', async () => {
  await using peer = await openPeer((arrived) => {
    arrived.answer(Buffer.concat([ack('AA', arrived.controlId), Buffer.alloc(FRAME_BYTES_MAX, 'x')]));
  });
  const client = openMllpClient({ host: HOST, port: peer.port, ackTimeoutMs: 500 });
  const call = wireCall(peer.port);
  await expect(client.send(call, message('A1'), { write: true })).rejects.toMatchObject({ reason: 'answer-lost' });
  expect(call.recorder.exchanges[0]).toMatchObject({ failure: 'ACK_UNREADABLE' });
  await client.close();
});
