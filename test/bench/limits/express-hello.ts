/** `node test/bench/limits/express-hello.ts`: limit B, the least that an Express program can answer; prints its port. */
import type { AddressInfo } from 'node:net';
import express from 'express';

const app = express();
app.get('/hello', (_, response) => {
  response.json({ hello: 'world' });
});
const server = app.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
});
