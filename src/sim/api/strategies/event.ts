import { field } from './field.ts';
import type { Strategy } from './strategy.ts';

const involved = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'];

export const eventStrategy: Strategy = {
  createOnUpdate: true,
  fields: {
    ...Object.fromEntries(involved.map((name) => [`involvedObject.${name}`, field('involvedObject', name)])),
    ...Object.fromEntries(involved.map((name) => [`regarding.${name}`, field('involvedObject', name)])),
    reason: field('reason'),
    reportingComponent: (event) => field('reportingComponent')(event) || field('source', 'component')(event),
    reportingController: field('reportingComponent'),
    source: (event) => field('source', 'component')(event) || field('reportingComponent')(event),
    type: field('type'),
  },
};
