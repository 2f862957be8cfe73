/**
 * Cases that the simulated server answers differently, by group, each with its reason. A case that is answered alike must be
 * taken out: the contract test fails until it is.
 */
const reasons = [
  "this detail of Go's decoding is not followed",
  'the annotation of the old template generation is there, but nobody owns it in managedFields',
  "fields that Go's types always write as null or 0 are absent where nobody set them",
  'a patch of kind or apiVersion is ignored, not refused',
  "the message repeats the outcome with Go's order of fields",
  'found by comparing; not yet looked into',
  "strategic merge and typed apply word a wrong type by reflection on Go's types",
  'Node IPAM and the TTL controller write other fields than in a control plane without a pod network',
  'the message holds a diff of Go structs, as go-cmp prints it',
  'the YAML library words its errors, orders keys and takes several documents in its own way',
  "the typed value library's own words",
  'JSON.parse keeps the last of two equal keys without telling that there were two',
  'Go writes the times of a condition that are not set as null; here they are absent',
  "the garbage collector notes what it drops in the owner's name",
  "the server's own table, which needs a converter that is not there for this kind",
  "the message names the byte at which Go's JSON decoder stopped",
  'upstream waits up to 3 s for the revision; here it is refused at once, as a list is',
  'a version that is no number is refused as a bad request wherever it is read',
  'the deprecated /watch/ paths are not served',
  "this rule of upstream's validation is not ported",
  'a write that changes nothing keeps the resourceVersion, also by way of /scale',
  'a Pod without a node is told so with another status',
  'reviews and token requests are answered without managedFields, which nobody reads',
  'reviews keep to what their answer needs',
  'quotas are stored, not enforced',
  'LimitRanges are stored, not applied',
  "a definition is established by the write itself, so that it is served when the answer comes; upstream's controller follows a moment later",
  'the internal, unversioned form of a definition, which upstream validates after defaulting it, is not built here',
  'unused',
  "a custom resource is checked by its schema first, and by what Go's unstructured types refuse later",
  'answers are never written as protobuf, which no client insists on',
  'which versions are served, and stored, differs: alpha and internal ones are left out',
  'paths and bodies of this shape are refused a little later here',
] as const;

const goDiff = reasons[8];
const nodeControllers =
  'the TTL controller, which annotates nodes, is absent, and Node IPAM is there; the real control plane of the tests is the other way round';

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
    'endpoints of a service without pods': reasons[19],
    'a pod that does not fit': reasons[12],
  },
  subresources: {
    'a scale by PUT': reasons[20],
    'a binding': reasons[12],
    'a log of a pod without a node': reasons[21],
    'a token': reasons[22],
  },
  validation: {
    'a volume': reasons[19],
  },
  crds: {
    'is defaulted': reasons[26],
    'is established': reasons[26],
    'what stays': reasons[26],
  },
  'custom-resources': {
    'a fraction': reasons[29],
    'a spec that is a list': reasons[29],
    'another kind': reasons[29],
    'no kind': reasons[29],
    'a status at creation is dropped': reasons[29],
    'a status of a wrong type': reasons[6],
    'a scale': reasons[29],
    'protobuf is not answered': reasons[30],
  },
};
