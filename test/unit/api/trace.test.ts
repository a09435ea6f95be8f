import { expect, test } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { startTrace, traceOf, type RecordedRequest } from '../../../src/api/trace.ts';

/** A response as it is when it is over: answered, or left by its caller. */
async function ended(isAnswered: boolean): Promise<{ response: ServerResponse; recorded: RecordedRequest[] }> {
  const recorded: RecordedRequest[] = [];
  const { promise, resolve } = Promise.withResolvers<ServerResponse>();
  const server = createServer((request, response) => {
    startTrace(
      request,
      response,
      () => new Date(),
      (each) => recorded.push(each),
    );
    response.once('close', () => resolve(response));
    if (isAnswered) response.end('answered');
    else request.socket.destroy();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.on('error', () => {});
  socket.write('GET / HTTP/1.1\r\nhost: hub\r\nconnection: close\r\n\r\n');
  const response = await promise;
  socket.destroy();
  server.close();
  return { response, recorded };
}

test('whoever asks for the signal when the caller has gone is told so at once', async () => {
  const { response, recorded } = await ended(false);
  expect(traceOf(response).signal.aborted).toBe(true);
  expect(recorded.map(({ status }) => status)).toEqual([499]);
});

test('of what was answered nothing is aborted', async () => {
  const { response, recorded } = await ended(true);
  expect(traceOf(response).signal.aborted).toBe(false);
  expect(recorded.map(({ status }) => status)).toEqual([200]);
});
