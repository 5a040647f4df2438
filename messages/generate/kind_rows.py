"""Text of messages/kind_rows.cpp: one row for every resource of discovery, with its columns and strategy."""
import facts

BANNER = '// Written by messages/generate/generate.py from messages/facts/. Do not edit. Long because it is a table.'

# Groups versions of one store: the row named here is what the other's objects are kept as.
STORED_AS = {('events.k8s.io', 'v1', 'events'): ('', 'v1', 'events'),
             ('autoscaling', 'v1', 'horizontalpodautoscalers'): ('autoscaling', 'v2', 'horizontalpodautoscalers')}


def quote(text):
    return '"%s"' % text.replace('\\', '\\\\').replace('"', '\\"')


def boolean(value):
    return 'true' if value else 'false'


class Writer:
    def __init__(self, packages):
        self.packages = packages
        self.lists = {}    # tuple of strings -> name of the array
        self.text = []     # arrays
        self.package_by_group = {}
        for package in packages:
            group = facts.group_of(package)
            if group is not None:
                self.package_by_group[group, package.rsplit('.', 1)[1]] = package

    def strings(self, values):
        """Name of the array of these strings; equal lists share one."""
        key = tuple(values)
        if not key:
            return '{}'
        if key not in self.lists:
            self.lists[key] = 'words_%d' % len(self.lists)
            self.text.append('constexpr std::string_view %s[] = {%s};' % (self.lists[key], ', '.join(map(quote, key))))
        return self.lists[key]

    def array(self, type_name, name, rows):
        if not rows:
            return '{}'
        self.text.append('constexpr %s %s[] = {\n%s};' % (type_name, name, ''.join('    {%s},\n' % row for row in rows)))
        return name

    def row(self, index, group, resource, columns, strategy, indices):
        key = (group['group'], group['version'], resource['name'])
        identity = [group['group'], group['version'], resource['kind'], resource['name'], resource['singular']]
        subresources = self.array('subresource', 'subresources_%d' % index, [
            '%s, %s, %s, %s, %s' % (quote(sub['name']), quote(sub.get('group', group['group'])),
                                    quote(sub.get('version', group['version'])), quote(sub['kind']),
                                    self.strings(sub['verbs']))
            for sub in resource.get('subresources', [])])
        column_rows = self.array('column', 'columns_%d' % index, [
            '%s, %s, %s, %d' % (quote(c['name']), quote(c['type']), quote(c['format']), c['priority']) for c in columns])
        verbs = resource['verbs']
        stored = 'create' in verbs and 'get' in verbs or resource.get('stored', False)
        message = '%s.%s' % (self.package_by_group[key[:2]], resource['kind'])
        if resource['kind'] not in self.packages[self.package_by_group[key[:2]]]['messages']:
            raise SystemExit('no message ' + message)
        flags = [strategy.get('createOnUpdate', False), strategy.get('unconditionalUpdate', False),
                 strategy.get('deleteReturns', 'Status') != 'Status',
                 strategy.get('generationOnCreate') is not None]
        return '    {%d, %s, %s, %s,\n     %s, %s, %s,\n     %s, %s,\n     %s, %s, %d},\n' % (
            index, ', '.join(map(quote, identity)), boolean(resource['scope'] == 'Namespaced'), boolean(stored),
            self.strings(resource.get('shortNames', [])), self.strings(resource.get('categories', [])),
            self.strings(verbs), subresources, column_rows,
            ', '.join(map(boolean, flags)), quote(message), indices[STORED_AS.get(key, key)])

    def write(self):
        groups = facts.load('discovery.json') + facts.load('discovery-own.json')
        columns = {**facts.load('table-columns.json'), **facts.load('table-columns-own.json')}
        strategies = {(s['apiVersion'], s['kind']): s for s in facts.load('strategy.json')}
        resources = [(group, resource) for group in groups for resource in group['resources']]
        indices = {(g['group'], g['version'], r['name']): i for i, (g, r) in enumerate(resources)}
        rows = []
        for index, (group, resource) in enumerate(resources):
            api_version = '/'.join(filter(None, [group['group'], group['version']]))
            rows.append(self.row(index, group, resource, columns.get(api_version, {}).get(resource['name'], []),
                                 strategies.get((api_version, resource['kind']), {}), indices))
        packages = ['    {%s, %s, %s},\n' % (quote(group), quote(version), quote(package))
                    for (group, version), package in sorted(self.package_by_group.items())]
        return '\n'.join([
            BANNER, '#include "messages/kind_rows.hpp"', '', 'namespace troupe {', 'namespace {', '',
            *self.text, '',
            'constexpr kind_row rows[] = {\n%s};' % ''.join(rows), '',
            'constexpr group_package packages[] = {\n%s};' % ''.join(packages), '',
            '} // namespace', '',
            'std::span<const kind_row> kinds() { return rows; }',
            'std::span<const group_package> group_packages() { return packages; }', '',
            '} // namespace troupe', ''])
