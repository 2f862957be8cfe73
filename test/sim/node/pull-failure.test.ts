import { expect, test } from 'vitest';
import { pullFailure } from '../../../src/sim/node/images/pull-failure.ts';

const why = (image: string) => pullFailure(image, '172.18.0.1');

test.each([
  'nginx',
  'nginx:1.29',
  'busybox:1.37.0',
  'alpine',
  'eclipse-temurin:21',
  'amazonlinux:2023',
  'ubuntu:24.04',
  'node:22-alpine',
  'nginxinc/nginx-unprivileged:1.29',
  'quay.io/cilium/cilium:v1.18.14',
  'registry.k8s.io/pause:3.10',
  'ghcr.io/me/app:deadbeef',
  'kindlab/web:2',
  'localhost:5000/app',
  'debian@sha256:0000000000000000000000000000000000000000000000000000000000000000',
])('%s is taken to exist', (image) => expect(why(image)).toBeUndefined());

test.each([
  [
    'nosuch.invalid/foo',
    /Head "https:\/\/nosuch\.invalid\/v2\/foo\/manifests\/latest": dial tcp: lookup nosuch\.invalid on 172\.18\.0\.1:53: no such host$/,
  ],
  ['registry.example.com:5000/app:1', /lookup registry\.example\.com on/],
  [
    'ngnix',
    /^rpc error: code = Unknown desc = failed to pull and unpack image "docker\.io\/library\/ngnix:latest": .* pull access denied, repository does not exist/,
  ],
  ['quay.io/me/doesnotexist:1', /pull access denied/],
  ['nginx:1.161', /^rpc error: code = NotFound .* docker\.io\/library\/nginx:1\.161: not found$/],
  ['nginx:1.99999', /: not found$/],
  ['kindlab/web:nosuch', /: not found$/],
])('%s does not exist', (image, text) => expect(why(image)).toMatch(text));
