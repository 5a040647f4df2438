"""The facts of messages/facts/, loaded: packages of types, and which file of messages/api/ a message goes to."""
import glob
import json
import os

HERE = os.path.dirname(os.path.abspath(__file__))
FACTS = os.path.join(HERE, '..', 'facts')
SCALARS = {'string', 'bytes', 'bool', 'int32', 'int64', 'uint32', 'uint64', 'double', 'float'}
CORE = 'k8s.io.api.core.v1'

# Folder of a package below messages/api/: the longest prefix wins; a name that ends in '/' is a folder, else a file.
FOLDERS = {
    'k8s.io.apimachinery.pkg.apis.meta.': 'meta/',
    'k8s.io.apimachinery.pkg.api.resource': 'meta/quantity',
    'k8s.io.apimachinery.pkg.runtime.schema': 'meta/runtime_schema',
    'k8s.io.apimachinery.pkg.runtime': 'meta/runtime',
    'k8s.io.apimachinery.pkg.util.intstr': 'meta/intstr',
    'k8s.io.apiextensions_apiserver.pkg.apis.': '',
    'k8s.io.kube_aggregator.pkg.apis.': '',
    'k8s.io.apiserver.pkg.apis.': '',
    'k8s.io.metrics.pkg.apis.': '',
    'k8s.io.api.': '',
    'troupe.api.': 'troupe/',
}

# core/v1 in subjects, in order: each takes what its roots reach and no earlier subject has, then what only its prefixes
# claim. So imports point backwards and a change of one subject does not compile the others.
CORE_SUBJECTS = [
    ('reference', ['LocalObjectReference', 'ObjectReference', 'TypedLocalObjectReference', 'TypedObjectReference',
                   'SecretReference', 'NodeSelector', 'Taint', 'Toleration', 'TopologySelectorTerm'], []),
    ('volume', ['Volume', 'PersistentVolume', 'PersistentVolumeClaim'],
     ['PersistentVolume', 'Volume', 'SecretVolume', 'AttachedVolume']),
    ('pod', ['Pod', 'PodTemplate', 'Binding'], ['Pod', 'Container', 'Binding', 'RangeAllocation']),
    ('node', ['Node'], ['Node', 'AvoidPods', 'PreferAvoidPods']),
    ('service', ['Service', 'Endpoints'], ['Service', 'Endpoint', 'LoadBalancer']),
    ('config', ['ConfigMap', 'Secret'], ['ConfigMap', 'Secret']),
    ('namespace', ['Namespace', 'ResourceQuota', 'LimitRange'], ['Namespace', 'ResourceQuota', 'LimitRange']),
    ('controller', ['ReplicationController'], ['ReplicationController']),
    ('event', ['Event', 'ComponentStatus', 'List'], ['']),
]

# Group names whose first label alone is the package's name.
PLAIN_GROUPS = {'apps', 'autoscaling', 'batch', 'policy'}
LONG_GROUPS = {'rbac': 'rbac.authorization.k8s.io', 'flowcontrol': 'flowcontrol.apiserver.k8s.io'}


def load(name):
    with open(os.path.join(FACTS, name), encoding='utf-8') as file:
        return json.load(file)


def load_packages():
    """Package name -> {messages, enums, constants}."""
    packages = {}
    for path in sorted(glob.glob(os.path.join(FACTS, 'types', '*.json'))):
        with open(path, encoding='utf-8') as file:
            package = json.load(file)
        package.setdefault('enums', {})
        packages[package['package']] = package
    return packages


def group_of(package):
    """API group of a package, or None for machinery without one."""
    short, version = package.rsplit('.', 2)[1:]
    if package.startswith('troupe.api.'):
        return 'troupe.dev'
    if not version.startswith('v') or '.meta.' in package:
        return None
    if short == 'core':
        return ''
    if short in PLAIN_GROUPS:
        return short
    return LONG_GROUPS.get(short, short + '.k8s.io')


def value_type(type_name):
    """'map<string, X>' -> 'X'; anything else is itself."""
    if type_name.startswith('map<'):
        return type_name[type_name.index(',') + 1:-1].strip()
    return type_name


def full_name(package, type_name):
    """Full name of the message that a field's type names, or None for a scalar."""
    name = value_type(type_name).lstrip('.')
    if name in SCALARS:
        return None
    return name if name.startswith(('k8s.io.', 'troupe.')) else package + '.' + name


def folder_of(package):
    for prefix, folder in FOLDERS.items():
        if package.startswith(prefix):
            tail = package[len(prefix):] if prefix.endswith('.') else ''
            return (folder + tail).replace('.', '/')
    raise SystemExit('no folder for ' + package)


def core_subjects(messages):
    """Message of core/v1 -> subject."""
    taken = {}

    def needs(message):
        for field in messages[message]['fields']:
            name = full_name(CORE, field['type'])
            if name and name.startswith(CORE + '.'):
                yield name[len(CORE) + 1:]

    def take(message, subject):
        if message not in taken:
            taken[message] = subject
            for needed in needs(message):
                take(needed, subject)

    for subject, roots, _ in CORE_SUBJECTS:
        for root in roots:
            take(root, subject)
    for message in messages:  # reached by no root: by the longest prefix
        if message not in taken:
            claims = [(len(p), s) for s, _, prefixes in CORE_SUBJECTS for p in prefixes if message.startswith(p)]
            taken[message] = max(claims)[1]
    order = {subject: index for index, (subject, _, _) in enumerate(CORE_SUBJECTS)}
    moved = True
    while moved:  # a leftover that needs a later subject moves there
        moved = False
        for message, subject in list(taken.items()):
            for needed in needs(message):
                if order[taken[needed]] > order[subject]:
                    taken[message] = subject = taken[needed]
                    moved = True
    return taken


def files_of_messages(packages):
    """Full message name -> path of its .proto below messages/api/."""
    where = {}
    for package, content in packages.items():
        for message in content['messages']:
            where[package + '.' + message] = folder_of(package) + '.proto'
    for message, subject in core_subjects(packages[CORE]['messages']).items():
        where[CORE + '.' + message] = 'core/v1/%s.proto' % subject
    return where
