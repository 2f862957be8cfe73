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
  watches: {
    'a watch list as a Table':
      'upstream prints a bookmark as a row of an empty object; here it has no cells, and clients read its object only',
  },
  tables: {
    nodes: nodeControllers,
  },
  discovery: {
    'built-in groups': 'metrics.k8s.io is served, as where a metrics server is installed',
  },
  negotiation: {
    'a Table of the beta version': 'a Table of meta.k8s.io/v1beta1 is answered as v1, which has the same fields',
    'a YAML body with a repeated key': 'that a key of a YAML map comes twice is not told',
  },
  system: {
    'options of a deletion': 'the published schema of DeleteOptions leaves out some of the many groups that register it',
  },
  workloads: {
    'endpoints of a service without pods': 'Go writes empty lists of an EndpointSlice as null; here they are empty lists',
  },
  subresources: {
    'a scale by PUT': 'a write that changes nothing keeps the resourceVersion, also by way of /scale',
    'a token': 'token requests are answered without managedFields and uid, which nobody reads',
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
    'a scale': 'the entry of managedFields that /scale makes has a time, which upstream leaves out',
    'protobuf is not answered': 'the metadata of a Status that has none is left out of its protobuf form',
  },
};
