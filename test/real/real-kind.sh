#!/bin/bash
# real-kind.sh: a real Kubernetes and a real Kind cluster on a Linux machine that reaches Debian's archive and a Go module registry, but no image registry.
#
#   real-kind.sh binaries              build Kubernetes, etcd, kind, containerd, CoreDNS and the CNI plugins as Go modules   (8 to 10 min on 2 cores)
#   real-kind.sh e2e                   build e2e.test, Kubernetes' own test suite (446 conformance tests; 12 min), and print its path
#   real-kind.sh control-plane start [NAME PORT]   etcd + kube-apiserver + controller-manager + scheduler on loopback; prints KUBECONFIG
#                                      (needs only `binaries`). PORT (36443) and the five after it are used; several NAMEs run side by side
#   real-kind.sh control-plane stop [NAME]
#   real-kind.sh engine start|stop     a Docker engine of its own, in its own network namespace
#   real-kind.sh image                 a kindest/node-compatible image with the control plane's and CoreDNS's images inside  (1 min)
#   real-kind.sh up NAME [WORKERS]     kind create cluster, then point-to-point CNI and routes (what kindnet does, without its image)
#   real-kind.sh down NAME
#   real-kind.sh env                   shell lines that point docker, kind and kubectl at the engine and the cluster
#   real-kind.sh in COMMAND…           run a command where the cluster's addresses are reachable
#   real-kind.sh all NAME [WORKERS]    all of it
#
# CNI=none real-kind.sh up NAME        leaves the cluster without a CNI (nodes stay NotReady), for one that is installed later
# POD_SUBNET=10.244.0.0/16             the cluster's pod addresses
#
# Root only. State in $KINDLAB_REAL (default ~/.cache/kindlab-real), about 5 GB, and Go's own caches. What is there is used again.
# Missing on such a cluster: kindnet, local-path storage, metrics-server (the last two build as Go modules too, if a test needs them).
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
W=${KINDLAB_REAL:-$HOME/.cache/kindlab-real}
V=v1.36.3 KIND=v0.33.0 CONTAINERD=v2.4.2 COREDNS=v1.14.2 PLUGINS=v1.9.1
TAG=kindlab/node:$V
NS=kindlab-real
MIRROR=${DEBIAN_MIRROR:-$(sed -n 's/^URIs: *//p' /etc/apt/sources.list.d/debian.sources | head -1)}
KEY=/usr/share/keyrings/debian-archive-keyring.gpg
export DOCKER_HOST=unix://$W/docker.sock
export KUBECONFIG=${KUBECONFIG:-$W/kubeconfig}
mkdir -p "$W/bin" "$W/log"
say() { echo "[$(date +%T)] $*" >&2; }
die() { echo "real-kind: $*" >&2; exit 1; }
[ "$(id -u)" = 0 ] || die "needs root"

host_tools() { # debootstrap and the Docker engine
  local need=()
  command -v debootstrap >/dev/null || need+=(debootstrap)
  command -v dockerd >/dev/null || need+=(docker.io iptables)
  if [ ${#need[@]} -gt 0 ]; then say "installing ${need[*]}"; apt-get update -qq; apt-get install -y -qq "${need[@]}" >"$W/log/apt.log" 2>&1; fi
}

binaries() {
  [ -e "$W/bin/.done-$V" ] && { say "binaries are there"; return; }
  command -v go >/dev/null || die "needs Go 1.26"
  command -v gcc >/dev/null || die "needs gcc"
  export CGO_ENABLED=0
  local P=k8s.io/component-base/version K=k8s.io/kubernetes/cmd m=${V#v1.}
  say "Kubernetes $V and etcd"
  ( cd "$HERE/kubernetes"
    go build -ldflags "-s -w -X $P.gitVersion=$V -X $P.gitMajor=1 -X $P.gitMinor=${m%%.*} -X $P.gitTreeState=clean" -o "$W/bin/" $K/kube{-apiserver,-controller-manager,-scheduler,-proxy,let,adm,ctl}
    go build -ldflags "-s -w" -o "$W/bin/etcd" go.etcd.io/etcd/server/v3 ) >"$W/log/kubernetes.log" 2>&1 || die "see $W/log/kubernetes.log"
  say "kind, containerd, CoreDNS, CNI plugins"
  local C=github.com/containerd/containerd/v2/cmd N=github.com/containernetworking/plugins/plugins
  { GOBIN=$W/bin go install -ldflags "-s -w" sigs.k8s.io/kind@$KIND
    GOBIN=$W/bin go install -ldflags "-s -w" $C/{containerd,containerd-shim-runc-v2,ctr}@$CONTAINERD
    GOBIN=$W/bin go install -ldflags "-s -w" github.com/coredns/coredns@$COREDNS
    mkdir -p "$W/cni"; GOBIN=$W/cni go install -ldflags "-s -w" $N/{main/{ptp,bridge,loopback},ipam/host-local,meta/portmap}@$PLUGINS; } >"$W/log/others.log" 2>&1 || die "see $W/log/others.log"
  gcc -O2 -static -s -o "$W/bin/pause" "$HERE/pause.c"
  touch "$W/bin/.done-$V"; say "binaries done"
}

e2e() { # run as: e2e.test --kubeconfig FILE --provider=local --ginkgo.focus='\[sig-api-machinery\].*\[Conformance\]' --allowed-not-ready-nodes=-1
  [ -x "$W/bin/e2e.test" ] || { say "e2e.test"; ( cd "$HERE/kubernetes"; CGO_ENABLED=0 go test -c -o "$W/bin/e2e.test" k8s.io/kubernetes/test/e2e ) >"$W/log/e2e.log" 2>&1 || die "see $W/log/e2e.log"; }
  echo "$W/bin/e2e.test"
}

control_plane() {
  local name=${2:-default} S P=${3:-36443}
  S=$W/control-plane/$name; local E=$((P+3)) # client and peer port of etcd: PORT+3, PORT+4
  if [ "$1" = stop ]; then
    for n in kube-scheduler kube-controller-manager kube-apiserver etcd; do p=$(cat "$S/$n.pid" 2>/dev/null) || continue
      kill "$p" 2>/dev/null || true; for i in $(seq 10); do kill -0 "$p" 2>/dev/null || break; sleep .5; done; kill -9 "$p" 2>/dev/null || true; rm -f "$S/$n.pid"; done; return; fi
  binaries; control_plane stop "$name"; rm -rf "$S"; mkdir -p "$S"/{pki,etcd,log}; cd "$S"
  openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=real-ca -keyout pki/ca.key -out pki/ca.crt 2>/dev/null
  openssl req -newkey rsa:2048 -nodes -subj /CN=kube-apiserver -keyout pki/s.key -out pki/s.csr 2>/dev/null
  echo 'subjectAltName=IP:127.0.0.1,IP:10.96.0.1,DNS:localhost,DNS:kubernetes.default.svc' > pki/san
  openssl x509 -req -in pki/s.csr -CA pki/ca.crt -CAkey pki/ca.key -CAcreateserial -days 3650 -extfile pki/san -out pki/s.crt 2>/dev/null
  openssl genrsa -out pki/sa.key 2048 2>/dev/null; openssl rsa -in pki/sa.key -pubout -out pki/sa.pub 2>/dev/null
  local T; T=$(openssl rand -hex 16); echo "$T,admin,admin,system:masters" > pki/tokens.csv; local KC=$S/kubeconfig
  cat > "$KC" <<K
apiVersion: v1
kind: Config
clusters: [{name: real, cluster: {server: "https://127.0.0.1:$P", certificate-authority-data: $(base64 -w0 pki/ca.crt)}}]
users: [{name: admin, user: {token: $T}}]
contexts: [{name: real, context: {cluster: real, user: admin}}]
current-context: real
K
  chmod 600 "$KC"
  run() { local n=$1; shift; setsid "$@" >log/$n.log 2>&1 </dev/null & echo $! > $n.pid; }
  run etcd "$W/bin/etcd" --data-dir etcd --listen-client-urls http://127.0.0.1:$E --advertise-client-urls http://127.0.0.1:$E --listen-peer-urls http://127.0.0.1:$((E+1)) --initial-advertise-peer-urls http://127.0.0.1:$((E+1)) --initial-cluster default=http://127.0.0.1:$((E+1))
  run kube-apiserver "$W/bin/kube-apiserver" --etcd-servers=http://127.0.0.1:$E --bind-address=127.0.0.1 --advertise-address=127.0.0.1 --secure-port=$P --tls-cert-file=pki/s.crt --tls-private-key-file=pki/s.key --client-ca-file=pki/ca.crt --token-auth-file=pki/tokens.csv --authorization-mode=Node,RBAC --service-account-key-file=pki/sa.pub --service-account-signing-key-file=pki/sa.key --service-account-issuer=https://kubernetes.default.svc --service-cluster-ip-range=10.96.0.0/16 --allow-privileged=true --endpoint-reconciler-type=none
  for i in $(seq 120); do [ "$(curl -sk -H "Authorization: Bearer $T" https://127.0.0.1:$P/readyz || true)" = ok ] && break; sleep .5; done
  run kube-controller-manager "$W/bin/kube-controller-manager" --kubeconfig="$KC" --authentication-kubeconfig="$KC" --authorization-kubeconfig="$KC" --secure-port=$((P+1)) --bind-address=127.0.0.1 --leader-elect=false --use-service-account-credentials=true --service-account-private-key-file=pki/sa.key --root-ca-file=pki/ca.crt --cluster-signing-cert-file=pki/ca.crt --cluster-signing-key-file=pki/ca.key
  run kube-scheduler "$W/bin/kube-scheduler" --kubeconfig="$KC" --authentication-kubeconfig="$KC" --authorization-kubeconfig="$KC" --secure-port=$((P+2)) --bind-address=127.0.0.1 --leader-elect=false
  for i in $(seq 60); do [ "$(curl -sk -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $T" https://127.0.0.1:$P/api/v1/namespaces/default/serviceaccounts/default)" = 200 ] && { echo "KUBECONFIG=$KC"; return; }; sleep .5; done
  die "the control plane did not come up: see $S/log"
}

engine() {
  if [ "$1" = stop ]; then [ -f "$W/docker.pid" ] && kill "$(cat "$W/docker.pid")" 2>/dev/null || true; return; fi
  docker info >/dev/null 2>&1 && return
  host_tools; ip netns list | grep -qw $NS || ip netns add $NS; nsenter --net=/run/netns/$NS ip link set lo up
  # a machine whose root lacks CAP_SYS_RESOURCE cannot start --privileged containers: take that capability out of their spec
  install -m755 "$HERE/runc-wrap" "$W/bin/runc-wrap"
  setsid nsenter --net=/run/netns/$NS dockerd --data-root "$W/docker" --exec-root "$W/docker-exec" -H "$DOCKER_HOST" --pidfile "$W/docker.pid" --add-runtime kindlab="$W/bin/runc-wrap" --default-runtime kindlab --bip 172.31.255.1/24 >"$W/log/dockerd.log" 2>&1 </dev/null &
  for i in $(seq 60); do docker info >/dev/null 2>&1 && { say "engine up"; return; }; sleep .5; done
  die "the Docker engine did not start: see $W/log/dockerd.log"
}

image() {
  docker image inspect $TAG >/dev/null 2>&1 && { say "image is there"; return; }
  binaries; engine start
  local R=$W/image/root; rm -rf "$W/image"; mkdir -p "$W/image"
  say "node root"
  debootstrap --variant=minbase --keyring=$KEY --include=systemd,systemd-sysv,dbus,conntrack,iptables,nftables,iproute2,ethtool,util-linux,mount,kmod,libseccomp2,e2fsprogs,bash,ca-certificates,curl,jq,procps,runc,socat,ipset,iputils-ping,hostname,findutils,tcpdump bookworm "$R" "$MIRROR" >"$W/log/node-root.log" 2>&1
  # kind's own node files (entrypoint, units), from Debian's archive of kind's source
  [ -s "$W/kind-source.tar.gz" ] || curl -fsS "$MIRROR/pool/main/k/kind/kind_0.27.0.orig.tar.gz" -o "$W/kind-source.tar.gz"
  tar xzf "$W/kind-source.tar.gz" -C "$R" --strip-components=4 --no-same-owner --no-overwrite-dir --wildcards --exclude='*/LICENSES*' '*/images/base/files/*'
  chmod 755 "$R"/kind "$R"/kind/bin "$R"/kind/bin/* "$R"/usr/local/bin/*
  mkdir -p "$R"/opt/cni/bin "$R"/etc/cni/net.d "$R"/etc/kubernetes/manifests "$R"/kind/manifests; cp "$W"/cni/* "$R"/opt/cni/bin/
  for b in containerd ctr containerd-shim-runc-v2; do install -m755 "$W/bin/$b" "$R/usr/local/bin/$b"; done; install -m755 "$HERE/runc-wrap" "$R/usr/local/sbin/runc"
  for b in kubeadm kubelet kubectl; do install -m755 "$W/bin/$b" "$R/usr/bin/$b"; done; printf %s $V > "$R/kind/version"
  printf '#!/bin/sh\n[ "$1" = images ] && exec ctr -n k8s.io images ls\nexec ctr -n k8s.io "$@"\n' > "$R/usr/local/bin/crictl"; chmod 755 "$R/usr/local/bin/crictl"
  chroot "$R" /bin/bash -euc 'find /lib/systemd/system/sysinit.target.wants/ -name systemd-tmpfiles-setup.service -delete
    rm -f /lib/systemd/system/multi-user.target.wants/* /etc/systemd/system/*.wants/* /lib/systemd/system/local-fs.target.wants/* /lib/systemd/system/sockets.target.wants/*udev* /lib/systemd/system/sockets.target.wants/*initctl* /lib/systemd/system/basic.target.wants/*
    echo ReadKMsg=no >> /etc/systemd/journald.conf; [ -e /sbin/init ] || ln -s /lib/systemd/systemd /sbin/init
    systemctl enable kubelet.service containerd.service undo-mount-hacks.service; systemctl mask systemd-binfmt.service; rm -rf /var/cache/apt/archives/*.deb /var/lib/apt/lists/*' >"$W/log/image.log" 2>&1
  mount -t proc proc "$R/proc"
  chroot "$R" /bin/bash -euc 'ctr oci spec | jq ".hooks.createContainer[.hooks.createContainer| length] |= . + {\"path\": \"/kind/bin/mount-product-files.sh\"}" | jq "del(.process.rlimits)" > /etc/containerd/cri-base.json' || { umount "$R/proc"; die "containerd's base spec"; }
  umount "$R/proc"
  # kubelet on a hybrid cgroup v1 host takes kind's self bind mounts for the controllers' mount points: make the groups at start instead
  sed -i '/mount --bind "${subsystem}\/${cgroup_root}" "${subsystem}\/${cgroup_root}"/d' "$R/usr/local/bin/entrypoint"
  cat > "$R/kind/bin/kubelet-cgroup-v1.sh" <<'X'
#!/bin/sh
[ -d /sys/fs/cgroup/cpuset ] || exit 0
for d in cpu cpuacct cpuset memory devices freezer blkio pids systemd; do mkdir -p /sys/fs/cgroup/$d/kubelet || true; done
cat /sys/fs/cgroup/cpuset/cpuset.cpus > /sys/fs/cgroup/cpuset/kubelet/cpuset.cpus
cat /sys/fs/cgroup/cpuset/cpuset.mems > /sys/fs/cgroup/cpuset/kubelet/cpuset.mems
X
  chmod 755 "$R/kind/bin/kubelet-cgroup-v1.sh"; mkdir -p "$R/etc/systemd/system/kubelet.service.d"
  printf '[Service]\nExecStartPre=/kind/bin/kubelet-cgroup-v1.sh\n' > "$R/etc/systemd/system/kubelet.service.d/12-v1.conf"
  sed -i 's/SystemdCgroup = true/SystemdCgroup = false/; s/restrict_oom_score_adj = false/restrict_oom_score_adj = true/' "$R/etc/containerd/config.toml"
  local PAUSE; PAUSE=$(sed -n 's/.*sandbox_image = "\(.*\)"/\1/p' "$R/etc/containerd/config.toml")
  say "control plane images"
  local PATHS="ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" SAVE=()
  mk() { tar -C "$2" -c . | docker import --change "$PATHS" ${3:+--change "ENTRYPOINT [\"$3\"]"} - "$1" >/dev/null; SAVE+=("$1"); }
  deps() { local d=$1; shift; chroot "$R" /bin/bash -c 'for b in "$@"; do echo $b; readlink -f $b; ldd $b 2>/dev/null | grep -oE "/[^ ]+"; done | sort -u | while read f; do echo $f; readlink -f $f; done | sort -u' - "$@" | sed 's#^/##' | tar -C "$R" -c -h --hard-dereference -T - | tar -C "$d" -x; }
  local i n d x
  for i in $("$W/bin/kubeadm" config images list --kubernetes-version $V 2>/dev/null); do
    n=${i##*/}; n=${n%%:*}; d=$W/image/$n; mkdir -p "$d"/usr/local/bin "$d"/tmp "$d"/etc; chmod 1777 "$d/tmp"
    case $n in
      kube-apiserver|kube-controller-manager|kube-scheduler) cp "$W/bin/$n" "$d/usr/local/bin/" ;;
      kube-proxy) cp "$W/bin/$n" "$d/usr/local/bin/"; mkdir -p "$d/run"
        for x in xtables-nft-multi xtables-legacy-multi nft conntrack ipset; do deps "$d" /usr/sbin/$x; done
        deps "$d" /bin/dash /bin/mount /bin/kmod $(cd "$R"; ls usr/lib/x86_64-linux-gnu/xtables/*.so | sed 's#^#/#')
        mkdir -p "$d"/usr/lib/x86_64-linux-gnu "$d"/usr/sbin; cp -a "$R/usr/lib/x86_64-linux-gnu/xtables" "$d/usr/lib/x86_64-linux-gnu/"; cp -a "$R"/etc/{protocols,services} "$d/etc/" 2>/dev/null || true
        for x in iptables iptables-save iptables-restore ip6tables ip6tables-save ip6tables-restore; do ln -sf xtables-nft-multi "$d/usr/sbin/$x"; done
        ln -sf dash "$d/bin/sh"; ln -sf ../bin/kmod "$d/usr/sbin/modprobe" ;;
      etcd) cp "$W/bin/etcd" "$d/usr/local/bin/" ;;
      coredns) cp "$W/bin/coredns" "$d/"; mk "$i" "$d" /coredns; continue ;;
      *) continue ;;
    esac; mk "$i" "$d"
  done
  d=$W/image/pause; mkdir -p "$d"; cp "$W/bin/pause" "$d/pause"; mk "$PAUSE" "$d" /pause
  docker save "${SAVE[@]}" -o "$W/image/images.tar"
  say "node image"
  tar -C "$R" -c . | docker import --change "ENV container=docker" --change 'ENTRYPOINT ["/usr/local/bin/entrypoint","/sbin/init"]' - $TAG-base >/dev/null
  local c; c=$(docker run -d --privileged --security-opt seccomp=unconfined --entrypoint sleep $TAG-base infinity)
  docker exec "$c" sh -c 'nohup containerd >/tmp/c.log 2>&1 & for i in $(seq 50); do ctr version >/dev/null 2>&1 && break; sleep .2; done'
  docker exec -i "$c" ctr --namespace=k8s.io images import --all-platforms --no-unpack --digests - < "$W/image/images.tar" >>"$W/log/image.log" 2>&1
  docker exec "$c" sh -c 'pkill -x containerd; sleep 1; rm -f /tmp/c.log'
  docker commit --change 'ENTRYPOINT ["/usr/local/bin/entrypoint","/sbin/init"]' "$c" $TAG-loaded >/dev/null; docker rm -f "$c" >/dev/null
  printf 'FROM %s-loaded\nSTOPSIGNAL SIGRTMIN+3\n' $TAG | DOCKER_BUILDKIT=0 docker build -q -t $TAG - >/dev/null
  rm -rf "$W/image"; say "image done"
}

up() {
  local name=$1 workers=${2:-1}; image; engine start
  { printf 'kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\nname: %s\nnetworking: {disableDefaultCNI: true, ipFamily: ipv4, podSubnet: %s}\nkubeadmConfigPatches: ["{kind: KubeletConfiguration, failCgroupV1: false}"]\nnodes:\n- role: control-plane\n' "$name" "${POD_SUBNET:-10.244.0.0/16}"
    for i in $(seq "$workers"); do echo '- role: worker'; done; } > "$W/$name.yaml"
  inside "$W/bin/kind" create cluster --config "$W/$name.yaml" --image $TAG --kubeconfig "$KUBECONFIG"
  [ "${CNI:-ptp}" = none ] || ptp "$name"
}
ptp() { # addresses from the node's podCIDR, routes between the nodes
  local name=$1 L n ip cidr n2 ip2 cidr2 K=(docker exec "$1-control-plane" kubectl --kubeconfig=/etc/kubernetes/admin.conf)
  for i in $(seq 60); do L=$("${K[@]}" get nodes -o jsonpath='{range .items[*]}{.metadata.name} {.status.addresses[?(@.type=="InternalIP")].address} {.spec.podCIDR}{"\n"}{end}'); [ "$(awk 'NF<3' <<<"$L" | wc -l)" = 0 ] && break; sleep 1; done
  while read -r n ip cidr; do
    while read -r n2 ip2 cidr2; do [ "$n" = "$n2" ] || docker exec "$n" ip route replace "$cidr2" via "$ip2" </dev/null; done <<<"$L"
    docker exec -i "$n" sh -c 'cat > /etc/cni/net.d/10-ptp.conflist' <<X
{"cniVersion":"0.3.1","name":"ptp","plugins":[{"type":"ptp","ipMasq":false,"mtu":1500,"ipam":{"type":"host-local","dataDir":"/run/cni-ipam-state","routes":[{"dst":"0.0.0.0/0"}],"ranges":[[{"subnet":"$cidr"}]]}},{"type":"portmap","capabilities":{"portMappings":true}}]}
X
  done <<<"$L"
  "${K[@]}" wait --for=condition=Ready node --all --timeout=120s
}
inside() { nsenter --net=/run/netns/$NS env PATH="$W/bin:$PATH" DOCKER_HOST="$DOCKER_HOST" KUBECONFIG="$KUBECONFIG" "$@"; }

case ${1:-} in
  binaries|image|e2e) $1 ;;
  control-plane) control_plane "${2:?start or stop}" "${3:-}" "${4:-}" ;;
  engine) engine "${2:?start or stop}" ;;
  up) up "${2:?name}" "${3:-1}" ;;
  down) engine start; inside "$W/bin/kind" delete cluster --name "${2:?name}" --kubeconfig "$KUBECONFIG" ;;
  env) echo "export DOCKER_HOST=$DOCKER_HOST KUBECONFIG=$KUBECONFIG PATH=$W/bin:\$PATH" ;;
  in) shift; inside "$@" ;;
  all) up "${2:?name}" "${3:-1}" ;;
  *) sed -n '2,17p' "$0" | sed 's/^# \{0,1\}//'; exit 2 ;;
esac
