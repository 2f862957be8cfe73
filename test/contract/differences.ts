/**
 * Cases that the simulated server answers differently, by group, each with its reason. A case that is answered alike must be
 * taken out: the contract test fails until it is.
 */
const goDiff = 'the message holds a diff of Go structs, as go-cmp prints it';
const nodeControllers =
  'the TTL controller, which annotates nodes, is absent, and Node IPAM is there; the real control plane of the tests is the other way round';
const established =
  "a definition is established by the write itself, so that it is served when the answer comes; upstream's controller follows a moment later";
const goUnstructured = "a custom resource is checked by its schema first, and by what Go's unstructured types refuse later";

export const known: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  patches: {
    'taints of a node by key': nodeControllers,
    "a pod's spec stays": goDiff,
    "a pod's resources need /resize": goDiff,
  },
  tables: {
    nodes: nodeControllers,
  },
  discovery: {
    'built-in groups': 'metrics.k8s.io is served, as where a metrics server is installed',
  },
  crds: {
    'is defaulted': established,
    'is established': established,
    'what stays': established,
  },
  'custom-resources': {
    'a fraction': goUnstructured,
    'a spec that is a list': goUnstructured,
    'a status of a wrong type': 'a fault within a status is placed from the root of the object, not of the status',
    'protobuf is not answered': 'the metadata of a Status that has none is left out of its protobuf form',
  },
};
