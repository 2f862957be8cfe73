import { $ } from 'zx';

const { stdout } = await $`kubectl get nodes -o name`;
const nodes = stdout.trim().split('\n').map((name) => name.replace('node/', ''));

for (const node of nodes) {
  await $`docker exec ${node} ip link delete vxlan.calico`;
  await $`docker exec ${node} ip route flush type blackhole`;
  await $`docker exec ${node} sh -c ${'iptables-save | grep -v cali | iptables-restore'}`;
  await $`docker exec ${node} sh -c ${'for set in $(ipset list -n | grep cali40); do ipset destroy $set; done'}`;
  await $`docker exec ${node} sh -c ${'rm -f /etc/cni/net.d/*.cilium_bak /etc/cni/net.d/calico-kubeconfig'}`;
  await $`docker exec ${node} rm -f /opt/cni/bin/calico /opt/cni/bin/calico-ipam`;
  await $`kubectl annotate node ${node} projectcalico.org/IPv4Address- projectcalico.org/IPv4VXLANTunnelAddr- projectcalico.org/Interfaces-`;
}
