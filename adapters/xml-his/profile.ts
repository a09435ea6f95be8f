/** Profiles: read from profiles/<name>.yaml, checked against profile.schema.json, their templates compiled once. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { AdapterError, parseXml } from '#adapter-kit';
import type { OperationProfile, Profile, PushProfile } from './profile-shape.ts';
import { soapTemplate } from './soap.ts';
import { compileTemplate, compileUrlTemplate, type Template } from './template.ts';

export interface Operation extends OperationProfile {
  readonly name: string;
  readonly body: Template;
  readonly url: Template;
}

export interface Push extends PushProfile {
  readonly stored: Template;
  readonly refused: Template | undefined;
}

export interface CompiledProfile extends Profile {
  operation(name: string): Operation | undefined;
  readonly received: readonly Push[];
}

const DIRECTORY = join(import.meta.dirname, 'profiles');
const isProfile = new Ajv2020({ allErrors: true, strict: true, strictRequired: false }).compile<Profile>(
  JSON.parse(readFileSync(join(import.meta.dirname, 'profile.schema.json'), 'utf8')) as object,
);

export function profileNames(): string[] {
  return readdirSync(DIRECTORY)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => name.slice(0, -'.yaml'.length))
    .toSorted();
}

/** Reading one takes longer than a booking; it is read anew when its file has changed. */
const profilesRead = new Map<string, { readonly text: string; readonly profile: CompiledProfile }>();

/** Throws AdapterError misconfigured that names the file, and each place in it that is wrong. */
export function loadProfile(name: string): CompiledProfile {
  const file = join(DIRECTORY, `${name}.yaml`);
  if (!/^[a-z0-9][a-z0-9-]*$/.test(name) || !existsSync(file)) {
    throw new AdapterError(
      'misconfigured',
      'profile-unknown',
      `there is no such profile: the setting "profile" must be one of ${profileNames().join(', ')}`,
    );
  }
  const text = readFileSync(file, 'utf8');
  const known = profilesRead.get(name);
  if (known?.text === text) return known.profile;
  const profile = readProfile(`profiles/${name}.yaml`, text);
  profilesRead.set(name, { text, profile });
  return profile;
}

/** `file` is what the errors call it. */
export function readProfile(file: string, text: string): CompiledProfile {
  const problems: string[] = [];
  const profile = parsed(text, problems);
  if (!isProfile(profile)) {
    for (const { instancePath, message, params } of isProfile.errors ?? [])
      problems.push(`${instancePath || '/'} ${message ?? ''}${aboutParams(params)}`);
    throw refused(file, problems);
  }
  if (!file.endsWith(`/${profile.profile}.yaml`))
    problems.push(`/profile is "${profile.profile}": a profile is called as its file is`);
  const operations = new Map<string, Operation>();
  for (const [name, operation] of Object.entries(profile.operations)) {
    const compiled = compileOperation(profile, name, operation, problems);
    if (compiled !== undefined) operations.set(name, compiled);
  }
  const received = (profile.pushes ?? []).flatMap((push, index) => compilePush(profile, index, push, problems) ?? []);
  if (problems.length > 0) throw refused(file, problems);
  return { ...profile, received, operation: (name) => operations.get(name) };
}

function parsed(text: string, problems: string[]): unknown {
  try {
    return parse(text, { maxAliasCount: 0 }) as unknown;
  } catch (error) {
    problems.push(error instanceof Error ? error.message : 'is no YAML');
    return undefined;
  }
}

function compileOperation(
  profile: Profile,
  name: string,
  operation: OperationProfile,
  problems: string[],
): Operation | undefined {
  const at = `/operations/${name}`;
  const { transport } = profile;
  if (transport.kind === 'soap' && operation.action === undefined)
    problems.push(`${at} lacks "action": SOAP 1.1 is told by it what is asked`);
  if (operation.each !== undefined && !leadsToARoot(profile, name))
    problems.push(`${at}/each must name another operation, and not lead back to itself`);
  try {
    const text =
      transport.kind === 'soap'
        ? soapTemplate(transport, profile.authentication, operation.request)
        : (transport.wrapper ?? '{{>request}}').replace('{{>request}}', operation.request);
    const body = compileTemplate(text.trim());
    parseXml(body.sample('x'), { namespaces: {} });
    return { ...operation, name, body, url: compileUrlTemplate(operation.path ?? '') };
  } catch (error) {
    problems.push(`${at}/request ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

function compilePush(profile: Profile, index: number, push: PushProfile, problems: string[]): Push | undefined {
  try {
    const template = (text: string): Template => {
      const { transport } = profile;
      const whole = transport.kind === 'soap' ? soapTemplate({ ...transport, header: '' }, undefined, text) : text;
      const compiled = compileTemplate(whole.trim());
      parseXml(compiled.sample('x'), { namespaces: {} });
      return compiled;
    };
    return {
      ...push,
      stored: template(push.answer),
      refused: push.failed === undefined ? undefined : template(push.failed),
    };
  } catch (error) {
    problems.push(`/pushes/${index}/answer ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

/** `locations` may be missing: the connection's own list stands for it. */
function leadsToARoot(profile: Profile, name: string): boolean {
  const seen = new Set<string>();
  for (let next: string | undefined = name; next !== undefined; next = profile.operations[next]?.each) {
    if (seen.has(next)) return false;
    if (profile.operations[next] === undefined) return next === 'locations';
    seen.add(next);
  }
  return true;
}

function aboutParams(params: Readonly<Record<string, unknown>>): string {
  const told =
    params['additionalProperty'] ?? params['missingProperty'] ?? params['allowedValues'] ?? params['propertyName'];
  if (told === undefined) return '';
  const why = told === 'lookup' ? ': it is how a booking is found again whose answer was lost' : '';
  return ` (${typeof told === 'string' ? told : JSON.stringify(told)}${why})`;
}

const refused = (file: string, problems: readonly string[]): AdapterError =>
  new AdapterError(
    'misconfigured',
    'profile-invalid',
    `${file} cannot be used:\n${problems.map((each) => `  - ${each}`).join('\n')}`,
  );
