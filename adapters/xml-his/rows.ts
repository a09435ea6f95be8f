/** Lists of things at the HIS: asked for, mapped row by row; one list may ask for another first (doctors of each specialty of each clinic). */
import { AdapterError, inParallel, isRecord, type Call, type XmlValue } from '#adapter-kit';
import { asError, type XmlClient } from './client.ts';
import type { Operation } from './profile.ts';
import type { Values } from './template.ts';
import { valuesAt } from './xml-path.ts';

/** A mapped row, and under the names of their operations those it was asked for. */
export interface Row {
  readonly value: Values;
  readonly above: Values;
}

const QUESTIONS_AT_ONCE = 4;
const ROWS_THAT_CANNOT_ALL_BE_ODD = 4;

/** What to do with a row that its mapping refuses. `skip` only where a missing row does no harm: an unreadable slot is not offered. */
export type OnMisfit = 'skip' | 'fail';

/** All rows of an operation, in parts as they come. Throws AdapterError. */
export async function* rowsOf(
  client: XmlClient,
  call: Call,
  name: string,
  input: Values,
  onMisfit: OnMisfit,
): AsyncGenerator<Row[]> {
  const operation = client.settings.profile.operation(name);
  if (operation === undefined && name === 'locations') {
    yield client.settings.locations.map((location) => ({ value: withZone(client, { ...location }), above: {} }));
    return;
  }
  const { each } = operation ?? client.operation(name);
  if (operation === undefined || each === undefined) {
    yield await askAbout(client, call, client.operation(name), input, {}, onMisfit);
    return;
  }
  const parents: Row[] = [];
  for await (const rows of rowsOf(client, call, each, input, onMisfit)) parents.push(...rows);
  const questions = distinct(parents).map((parent) => ({ ...parent.above, [each]: parent.value }));
  yield* inParallel(questions, QUESTIONS_AT_ONCE, (above) => askAbout(client, call, operation, input, above, onMisfit));
}

/** The rows of one question, asked about what `above` names (`providers` and `locations`, say) without asking for those first. */
export async function askAbout(
  client: XmlClient,
  call: Call,
  operation: Operation,
  input: Values,
  above: Values,
  onMisfit: OnMisfit,
): Promise<Row[]> {
  const timeZone = zoneOf(client, above, input);
  const question = { ...input, ...above, timeZone };
  const answer = await client.ask(call, operation, question);
  if (answer.kind === 'refused') throw asError(answer.refusal);
  const site = client.settings.values;
  return readRows(call, operation, answer.result, { ...question, site }, onMisfit).map((value) => ({
    value: operation.name === 'locations' ? withZone(client, value) : value,
    above,
  }));
}

/** The rows of a result. `listed` tells a mapping which of several lists a row stands in. */
export function readRows(
  call: Call,
  operation: Operation,
  result: XmlValue,
  context: Values,
  onMisfit: OnMisfit,
): Values[] {
  const rows = (operation.rows ?? ['.']).flatMap((path) =>
    valuesAt(result, path)
      .filter((row) => row !== null && row !== '')
      .map((row) => ({ row: splitTexts(row, operation), listed: path })),
  );
  const values: Values[] = [];
  let misfit: AdapterError | undefined;
  for (const each of rows) {
    try {
      const value = operation.mapping === undefined ? each.row : call.map(operation.mapping, { ...context, ...each });
      if (isRecord(value)) values.push(value);
    } catch (error) {
      if (onMisfit === 'fail' || !(error instanceof AdapterError) || error.reason !== 'mapping') throw error;
      misfit = error;
    }
  }
  if (misfit === undefined) return values;
  // All of many: that is no row gone wrong, but a mapping.
  if (values.length === 0 && rows.length >= ROWS_THAT_CANNOT_ALL_BE_ODD) throw misfit;
  call.log(
    `${operation.name}: ${rows.length - values.length} of ${rows.length} rows could not be read, and were left out`,
    { code: misfit.reason },
  );
  return values;
}

function splitTexts(row: XmlValue, { split = [] }: Operation): XmlValue {
  if (!isRecord(row)) return row;
  const words = split.flatMap(({ path, on }): [string, readonly string[]][] => {
    const text = row[path];
    return typeof text === 'string' ? [[path, text.split(on).filter((word) => word !== '')]] : [];
  });
  return words.length === 0 ? row : { ...row, ...Object.fromEntries(words) };
}

/** A doctor of two specialties is asked once for each clinic. */
function distinct(rows: readonly Row[]): Row[] {
  const seen = new Set<string>();
  return rows.filter(({ value, above }) => {
    const { locations } = above;
    const key = JSON.stringify([value['externalId'], isRecord(locations) ? locations['externalId'] : undefined]);
    if (value['externalId'] === undefined || !seen.has(key)) {
      seen.add(key);
      return true;
    }
    return false;
  });
}

function withZone(client: XmlClient, location: Values): Values {
  const { timeZone, timeZones } = client.settings;
  const { externalId } = location;
  const configured =
    typeof externalId === 'string' && Object.hasOwn(timeZones, externalId) ? timeZones[externalId] : undefined;
  return { ...location, timeZone: location['timeZone'] ?? configured ?? timeZone };
}

function zoneOf(client: XmlClient, { locations }: Values, { timeZone }: Values): unknown {
  return (isRecord(locations) ? locations['timeZone'] : undefined) ?? timeZone ?? client.settings.timeZone;
}
