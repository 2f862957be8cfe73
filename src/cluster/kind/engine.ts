import { messageOf } from '../../base/errors.ts';

export interface Engine {
  /** As `Docker Desktop`, `Debian GNU/Linux 12 (bookworm)`. */
  system: string;
  version: string;
  cpus: number;
  /** Bytes. */
  memory: number;
}

/**
 * The container engine that this person's tools would use. testcontainers knows where engines hide: DOCKER_HOST, contexts,
 * rootless sockets, Docker Desktop, Colima, Podman. It takes half a second to load; only the Kind backend and doctor do.
 */
export async function findEngine(): Promise<Engine | { problem: string }> {
  const { getContainerRuntimeClient } = await import('testcontainers');
  try {
    const { containerRuntime } = (await getContainerRuntimeClient()).info;
    return {
      system: containerRuntime.operatingSystem,
      version: String(containerRuntime.serverVersion),
      cpus: containerRuntime.cpus,
      memory: containerRuntime.memory,
    };
  } catch (error) {
    return { problem: messageOf(error) };
  }
}
