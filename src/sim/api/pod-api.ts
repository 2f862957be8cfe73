import type { Pod } from '../../kube/types.ts';

/** The API server as pods meet it, through their service account. */
export interface PodApi {
  /** What the kubelet projects into a pod: a token of its service account, bound to it. `seconds` is asked for by the volume. */
  token(pod: Pod, seconds: number | undefined, audience: string | undefined): string;
  /** One request over HTTPS; the `authorization` header (names in lower case) tells who asks. A watch ends with `signal`. */
  answer(
    request: { method: string; path: string; headers: Readonly<Record<string, string>>; body: string },
    signal: AbortSignal,
  ): Promise<{ status: number; headers: Record<string, string>; body: string }>;
}
