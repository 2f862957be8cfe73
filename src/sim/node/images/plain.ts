import type { ContainerContext, ImageBehaviour } from '../image.ts';

/** Ports that the manifest names: declared ones, and those that a probe asks. */
function declaredPorts({ container }: ContainerContext): Set<number> {
  const ports = new Set<number>();
  for (const port of container.ports ?? []) if ((port.protocol ?? 'TCP') === 'TCP') ports.add(port.containerPort);
  for (const probe of [container.startupProbe, container.readinessProbe, container.livenessProbe]) {
    const port = probe?.httpGet?.port ?? probe?.tcpSocket?.port ?? probe?.grpc?.port;
    if (typeof port === 'number') ports.add(port);
  }
  return ports;
}

/** Any image that nothing is known of: it runs, and answers on the ports that its manifest names. */
export const plain: ImageBehaviour = {
  images: [],
  start(context) {
    for (const port of declaredPorts(context)) context.listen(port, { serve: () => ({ status: 200, body: 'ok\n' }) });
  },
};
