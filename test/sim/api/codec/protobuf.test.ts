import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { StatusError } from '../../../../src/kube/status.ts';
import { decodeProtobuf } from '../../../../src/sim/api/codec/protobuf.ts';
import { schemaOf, unknownFields } from '../../../../src/sim/api/schema/schema.ts';

/** Bodies that kubectl 1.36 sent, and what they mean (read by eye when they were recorded). */
const recorded = JSON.parse(readFileSync(new URL('../../../fixtures/kubernetes/protobuf-requests.json', import.meta.url), 'utf8')) as {
  request: string;
  body: string;
  object: { apiVersion: string; kind: string };
}[];

const bytes = (base64: string): Buffer => Buffer.from(base64, 'base64');

describe("kubectl's request", () => {
  test.each(recorded.map((one) => [one.request.replace(/\?.*/, ''), one] as const))('%s is decoded', (_name, { body, object }) => {
    const decoded = decodeProtobuf(bytes(body));
    expect(decoded).toEqual(object);
    expect(unknownFields(schemaOf(object.apiVersion, object.kind)!, decoded)).toEqual([]);
  });

  test('create deployment says what was typed', () => {
    expect(decodeProtobuf(bytes(recorded[0]!.body))).toMatchObject({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'pb', labels: { app: 'pb' } },
      spec: {
        replicas: 2,
        selector: { matchLabels: { app: 'pb' } },
        template: {
          metadata: { labels: { app: 'pb' } },
          spec: { containers: [{ name: 'nginx', image: 'nginx:1.2', ports: [{ containerPort: 80 }] }] },
        },
      },
    });
  });
});

describe('what is no Kubernetes protobuf', () => {
  const body = bytes(recorded[0]!.body);
  test.each([
    ['JSON', Buffer.from('{}'), /does not appear to be a protobuf message/],
    ['nothing', Buffer.alloc(0), /does not appear to be a protobuf message/],
    ['a body cut short', body.subarray(0, body.length - 20), /unexpected EOF/],
    [
      'an unknown kind',
      Buffer.concat([Buffer.from('k8s\0'), Buffer.from([10, 9, 10, 2, 0x76, 0x31, 18, 3, 0x46, 0x6f, 0x6f])]),
      /no kind "Foo" is registered for version "v1"/,
    ],
  ])('%s is a bad request', (_what, wrong, message) => {
    expect(() => decodeProtobuf(wrong)).toThrow(expect.objectContaining({ code: 400, message: expect.stringMatching(message) }));
  });

  test('whatever bytes are changed, the failure is a bad request or none', () => {
    const change = fc.record({ body: fc.nat(recorded.length - 1), at: fc.nat(), value: fc.nat(255) });
    fc.assert(
      fc.property(change, ({ body: which, at, value }) => {
        const mutated = bytes(recorded[which]!.body);
        mutated[at % mutated.length] = value;
        try {
          decodeProtobuf(mutated);
        } catch (error) {
          expect(error).toBeInstanceOf(StatusError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
