import type { JsonObject } from '../../../kube/json.ts';
import { dns1123Label } from '../../../kube/names.ts';
import type { StatusCause } from '../../../kube/status.ts';
import { descending, type Volumes } from './container.ts';
import { duplicate, forbidden, invalid, invalidEach, oneOf, required } from './field.ts';
import { each, sub, text } from './read.ts';

const hostPathTypes = ['', 'BlockDevice', 'CharDevice', 'Directory', 'DirectoryOrCreate', 'File', 'FileOrCreate', 'Socket'];

const needed: Readonly<Record<string, readonly string[]>> = {
  secret: ['secretName'],
  configMap: ['name'],
  persistentVolumeClaim: ['claimName'],
  hostPath: ['path'],
  nfs: ['server', 'path'],
  csi: ['driver'],
};

function items(source: JsonObject, path: string): StatusCause[] {
  return each(source, 'items', path).flatMap(({ value, path: at }) => [
    ...(text(value, 'key') === '' ? [required(`${at}.key`)] : []),
    ...(text(value, 'path') === '' ? [required(`${at}.path`)] : descending(text(value, 'path'), `${at}.path`)),
  ]);
}

function mode(source: JsonObject, path: string): StatusCause[] {
  const value = source.defaultMode;
  if (typeof value !== 'number' || (value >= 0 && value <= 0o777)) return [];
  return [invalid(`${path}.defaultMode`, value, 'must be a number between 0 and 0777 (octal), both inclusive')];
}

function source(volume: JsonObject, path: string): StatusCause[] {
  const given = Object.keys(volume).filter((field) => field !== 'name' && sub(volume, field));
  if (given.length === 0) return [required(path, 'must specify a volume type')];
  return given.flatMap((name, i) => {
    const at = `${path}.${name}`;
    if (i > 0) return [forbidden(at, 'may not specify more than 1 volume type')];
    const value = sub(volume, name)!;
    // What lacks its path is looked at no further.
    const missing = (needed[name] ?? []).filter((field) => text(value, field) === '').map((field) => required(`${at}.${field}`));
    const back =
      name === 'hostPath' && text(value, 'path').split('/').includes('..')
        ? [invalid(`${at}.path`, value.path, "must not contain '..'")]
        : [];
    const type = name === 'hostPath' && missing.length === 0 ? oneOf(`${at}.type`, value.type, hostPathTypes, { optional: true }) : [];
    return [...missing, ...back, ...type, ...mode(value, at), ...(name === 'configMap' || name === 'secret' ? items(value, at) : [])];
  });
}

/** Also names the volumes that may be mounted. */
export function volumes(spec: JsonObject, parent: string): { causes: StatusCause[]; names: Volumes } {
  const names = new Set<string>();
  const causes = each(spec, 'volumes', parent).flatMap(({ value, path }) => {
    const name = text(value, 'name');
    const wrong = name === '' ? [required(`${path}.name`)] : invalidEach(`${path}.name`, name, dns1123Label(name));
    if (wrong.length === 0 && names.has(name)) wrong.push(duplicate(`${path}.name`, name));
    names.add(name);
    return [...source(value, path), ...wrong];
  });
  return { causes, names };
}
