"""Text of the .proto files: proto2, upstream's packages, names and numbers; maps as repeated entries (the same bytes)."""
import json

import facts

BANNER = '// Written by messages/generate/generate.py from messages/facts/. Do not edit.'
PATCHES = {'merge': 'MERGE', 'replace': 'REPLACE', 'retainKeys': 'RETAIN_KEYS'}

# Items that answer with apiVersion and kind although protobuf does not carry them.
TYPED_ITEMS = {'k8s.io.api.apps.v1.StatefulSetSpec.volumeClaimTemplates': ('v1', 'PersistentVolumeClaim')}


def quote(text):
    return json.dumps(text, ensure_ascii=True)


def go_name(owner, field):
    """Name of a string's or map's named type as the server's error texts print it, e.g. types.UID; empty where derivable."""
    if field['type'] not in ('string', 'bytes') and not field['type'].startswith('map<'):
        return ''
    name = field.get('go', '').lstrip('*[]')
    if name in ('', 'string', 'byte') or name.startswith('map['):
        return ''
    if '.' in name:  # an alias of core/v1 or meta/v1 (corev1, metav1, ...) is printed as the package: v1
        alias, type_name = name.split('.')
        return ('v1' if alias.endswith('v1') else alias) + '.' + type_name
    return owner.rsplit('.', 2)[1] + '.' + name


def field_options(owner, field):
    """The parts of the (troupe.field) option."""
    parts = []
    if 'json' in field:
        parts.append('json: ' + quote(field['json']))
    for flag in ('inline', 'pointer', 'omitzero', 'required', 'nullable', 'optional'):
        if field.get(flag):
            parts.append(flag + ': true')
    if not field.get('omitempty') and not field.get('inline'):
        parts.append('keep: true')
    if 'default' in field:
        parts.append('default: ' + quote(json.dumps(field['default'])))
    if 'listType' in field:
        parts.append('list: ' + field['listType'].upper())
    parts += ['key: ' + quote(key) for key in field.get('listMapKeys', [])]
    parts += ['patch: ' + PATCHES[name] for name in field.get('patchStrategy', '').split(',') if name]
    if 'patchMergeKey' in field:
        parts.append('patch_key: ' + quote(field['patchMergeKey']))
    if 'atomic' in (field.get('mapType'), field.get('structType')):
        parts.append('whole: true')
    if field.get('structType') == 'granular':
        parts.append('granular: true')
    if 'enum' in field:
        parts.append('enum: ' + quote(field['enum']))
    if 'featureGate' in field:
        parts.append('gate: ' + quote(field['featureGate']))
    go_type = go_name(owner, field)
    if go_type:
        parts.append('go: ' + quote(go_type))
    if owner + '.' + field['name'] in TYPED_ITEMS:
        api_version, kind = TYPED_ITEMS[owner + '.' + field['name']]
        parts.append('item_api_version: %s, item_kind: %s' % (quote(api_version), quote(kind)))
    parts += ['rule: ' + quote(rule) for rule in field.get('k8s', [])]
    return parts


def message_options(message):
    """The parts of the (troupe.message) option."""
    parts = []
    if message.get('resource'):
        parts.append('resource: true')
    if message.get('clusterScoped'):
        parts.append('cluster_scoped: true')
    if message.get('jsonAs'):
        parts.append('json_as: ' + quote(message['jsonAs']))
    if message.get('customJSON'):
        parts.append('custom_json: true')
    if message.get('structType') == 'atomic':
        parts.append('whole: true')
    for key in ('introduced', 'deprecated', 'removed'):
        if key in message:
            parts.append(key + ': ' + quote(message[key]))
    parts += ['rule: ' + quote(rule) for rule in message.get('k8s', [])]
    return parts


class Writer:
    def __init__(self, packages):
        self.packages = packages
        self.where = facts.files_of_messages(packages)
        self.files = {}  # path -> {package, imports, text}

    def field_text(self, package, message, field, lines):
        """Appends the field's line to `lines` (and, for a map of scalars, its entry message)."""
        path = self.where[package + '.' + message]
        type_name = field['type']
        full = facts.full_name(package, type_name)
        options = field_options(package + '.' + message, field)
        repeated = field.get('repeated')
        if full:
            if full not in self.where:
                raise SystemExit('%s.%s needs %s' % (package, message, full))
            if self.where[full] != path:
                self.files[path]['imports'].add(self.where[full])
        if type_name.startswith('map<'):
            options.append('map: true')
            repeated = True
            value = '.' + full if full else facts.value_type(type_name)
            if value == 'string':
                type_name = '.troupe.StringEntry'
            elif full and full.endswith('.Quantity'):
                type_name = value + 'Entry'
            else:
                type_name = field['name'][0].upper() + field['name'][1:] + 'Item'
                lines.append('  message %s { optional string key = 1; optional %s value = 2; }' % (type_name, value))
        elif full:
            type_name = '.' + full
        suffix = ' [(troupe.field) = {%s}]' % ', '.join(options) if options else ''
        lines.append('  %s %s %s = %d%s;' % ('repeated' if repeated else 'optional', type_name, field['name'],
                                             field['num'], suffix))

    def add_message(self, package, name, message):
        path = self.where[package + '.' + name]
        content = self.files.setdefault(path, {'package': package, 'imports': set(), 'text': []})
        lines = ['message %s {' % name]
        options = message_options(message)
        if options:
            lines.append('  option (troupe.message) = {%s};' % ', '.join(options))
        for field in message['fields']:
            self.field_text(package, name, field, lines)
        lines.append('}')
        content['text'].append('\n'.join(lines) + '\n')

    def enum_options(self, path, package):
        """Enumerations stand in the package's file; core/v1 has several and keeps them in one."""
        if path not in (facts.folder_of(package) + '.proto', 'core/v1/reference.proto'):
            return []
        lines = []
        for name, enum in self.packages[package]['enums'].items():
            values = ''.join(', value: ' + quote(str(value)) for value in enum['values'].values())
            closed = ', closed: true' if enum.get('closed') else ''
            lines.append('option (troupe.enum) = {name: %s%s%s};' % (quote(name), closed, values))
        return lines

    def write(self):
        """Path below messages/api/ -> text."""
        for package, content in self.packages.items():
            for name, message in content['messages'].items():
                self.add_message(package, name, message)
        texts = {}
        for path, content in self.files.items():
            if path == 'meta/quantity.proto':
                content['text'].append('message QuantityEntry { optional string key = 1; optional Quantity value = 2; }\n')
            head = [BANNER, 'syntax = "proto2";', 'package %s;' % content['package']]
            head += ['import "messages/api/%s";' % path for path in sorted(content['imports'] | {'options.proto'})]
            head += self.enum_options(path, content['package'])
            texts[path] = '\n'.join(head) + '\n\n' + '\n'.join(content['text'])
        return texts
