import { deepEqual, type JsonObject } from '../../../kube/json.ts';
import { configMapKey } from '../../../kube/names.ts';
import type { StatusCause } from '../../../kube/status.ts';
import type { KubeObject } from '../../../kube/types.ts';
import { forbidden, invalid, invalidEach, required, tooLong } from './field.ts';
import { sub } from './read.ts';

const maxSize = 1_048_576;
const base64Size = (text: string): number => Buffer.byteLength(text, 'base64');

function keys(data: JsonObject, field: string): StatusCause[] {
  return Object.keys(data).flatMap((key) => invalidEach(`${field}[${key}]`, key, configMapKey(key)));
}

/** Once immutable is set, it and the data stay. */
function frozen(object: KubeObject, old: KubeObject | undefined, fields: readonly string[]): StatusCause[] {
  if (old?.immutable !== true) return [];
  const detail = 'field is immutable when `immutable` is set';
  return [
    ...(object.immutable === true ? [] : [forbidden('immutable', detail)]),
    ...fields.filter((field) => !deepEqual(object[field], old[field])).map((field) => forbidden(field, detail)),
  ];
}

export function configMap(object: KubeObject, old: KubeObject | undefined): StatusCause[] {
  const [data, binary] = [sub(object, 'data') ?? {}, sub(object, 'binaryData') ?? {}];
  const both = Object.keys(data).filter((key) => Object.hasOwn(binary, key));
  const size =
    Object.values(data).reduce<number>((sum, value) => sum + Buffer.byteLength(String(value)), 0) +
    Object.values(binary).reduce<number>((sum, value) => sum + base64Size(String(value)), 0);
  return [
    ...frozen(object, old, ['data', 'binaryData']),
    ...keys(data, 'data'),
    ...both.map((key) => invalid(`data[${key}]`, key, 'duplicate of key present in binaryData')),
    ...keys(binary, 'binaryData'),
    ...(size > maxSize ? [tooLong('[]', maxSize)] : []),
  ];
}

/** Keys that a type of secret must have. */
const needed: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
};

export function secret(object: KubeObject, old: KubeObject | undefined): StatusCause[] {
  const data = sub(object, 'data') ?? {};
  const type = String(object.type ?? '');
  const size = Object.values(data).reduce<number>((sum, value) => sum + base64Size(String(value)), 0);
  const account = 'kubernetes.io/service-account.name';
  return [
    ...(old && old.type !== object.type ? [invalid('type', object.type, 'field is immutable')] : []),
    ...frozen(object, old, ['data']),
    ...keys(data, 'data'),
    ...(size > maxSize ? [tooLong('data', maxSize)] : []),
    ...(needed[type] ?? []).filter((key) => !Object.hasOwn(data, key)).map((key) => required(`data[${key}]`)),
    ...(type === 'kubernetes.io/basic-auth' && data.username === undefined && data.password === undefined
      ? [required('data[username]'), required('data[password]')]
      : []),
    ...(type === 'kubernetes.io/service-account-token' && !object.metadata.annotations?.[account]
      ? [required(`metadata.annotations[${account}]`)]
      : []),
  ];
}
