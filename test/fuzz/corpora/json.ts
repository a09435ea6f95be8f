/** What is no JSON is refused as such, whatever else is wrong with it; what is, is not. */
import type { Case, Corpus, Outcome } from './corpus.ts';
import { noJson, validJson } from './json-texts.ts';
import type { Heard, Target } from './target.ts';

const NAME = Buffer.from('{"name":{"family":"Canarylast"},"x":');
const END = Buffer.from('}');

const send = (target: Target, body: Uint8Array): Promise<Heard> =>
  target.ask('/v1/patients', { method: 'POST', headers: { 'content-type': 'application/json' }, body });

const isNoJson = ({ status, text }: Heard): boolean => status === 400 && text.includes('/problems/malformed-json"');

const shown = (bytes: Uint8Array): string => JSON.stringify(Buffer.from(bytes).toString('latin1').slice(0, 60));

async function mustRefuse(target: Target, body: Uint8Array): Promise<Outcome> {
  const heard = await send(target, body);
  const isEmpty = body.length === 0;
  if (!isNoJson(heard) && !(isEmpty && heard.status === 400))
    throw new Error(`${shown(body)} is no JSON, and was answered ${heard.status}`);
  return 'refused';
}

async function mustRead(target: Target, body: Uint8Array): Promise<Outcome> {
  const heard = await send(target, body);
  if (isNoJson(heard)) throw new Error(`${shown(body)} is JSON, and was refused as none`);
  return heard.status < 300 ? 'taken' : 'refused';
}

export const mustRefuseJson: Corpus = {
  name: 'JSON, must refuse',
  what: 'each rule of RFC 8259 broken: numbers, literals, escapes, control characters, structure, blanks, comments, a document cut or changed at each sign, bytes that are no UTF-8; alone, and beside a patient’s name',
  at: 'POST /v1/patients',
  cases: () =>
    Promise.resolve(
      noJson().flatMap((bytes): readonly Case[] => [
        { name: shown(bytes), run: (target) => mustRefuse(target, bytes) },
        // Inside of more, what is cut may be completed by it.
        ...(isWhole(bytes)
          ? [{ name: `${shown(bytes)} inside`, run: (target: Target) => mustRefuse(target, inside(bytes)) }]
          : []),
      ]),
    ),
};

const inside = (bytes: Uint8Array): Uint8Array => Buffer.concat([NAME, bytes, END]);

function isWhole(bytes: Uint8Array): boolean {
  try {
    JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(inside(bytes)));
    return false;
  } catch {
    return true;
  }
}

export const mustReadJson: Corpus = {
  name: 'JSON, must read',
  what: 'every form of a value that RFC 8259 has, in every place, with every blank; to the limits of depth, items and length',
  at: 'POST /v1/patients',
  cases: () =>
    Promise.resolve(
      validJson().map((bytes) => ({ name: shown(bytes), run: (target: Target) => mustRead(target, bytes) })),
    ),
};
