#!/usr/bin/env python3
"""Kills every actor of a real one-machine cluster in turn, while the example serves and a client writes.

Guaranteed afterwards: each actor came back; no request to the Service failed; every write that was acknowledged is there;
container ids and restart counts are what they were; the API answered again within a few seconds of each kill.
usage: kill_every_actor.py FOLDER-OF-troupe [PART-OF-A-PATH]     in network and mount namespaces of its own, as root
"""
import base64
import collections
import http.client
import json
import os
import re
import shutil
import ssl
import subprocess
import sys
import tempfile
import threading
import time

BACK_S = 20          # an actor must be back within
ANSWER_S = 15        # the API must answer again within
PACE_S = 1.15        # between two kills under one supervisor: more than ten in ten seconds end it, as they should
READY_S = 120


def say(*words):
    print(*words, flush=True)


class Client:
    """The API over HTTPS with the administrator's certificate. One connection a thread."""

    def __init__(self, kubeconfig, folder):
        text = open(kubeconfig).read()
        self.host, self.port = re.search(r'server: https://([^:\s]+):(\d+)', text).groups()
        paths = {}
        for key in ('certificate-authority-data', 'client-certificate-data', 'client-key-data'):
            paths[key] = os.path.join(folder, key)
            with open(paths[key], 'wb') as to:
                to.write(base64.b64decode(re.search(key + r': (\S+)', text).group(1)))
            os.chmod(paths[key], 0o600)
        self.tls = ssl.create_default_context(cafile=paths['certificate-authority-data'])
        self.tls.load_cert_chain(paths['client-certificate-data'], paths['client-key-data'])
        self.local = threading.local()

    def ask(self, method, path, body=None, timeout=10, kind='application/json'):
        """(code, document); code 0: no answer."""
        try:
            connection = getattr(self.local, 'connection', None)
            if connection is None:
                connection = self.local.connection = http.client.HTTPSConnection(self.host, int(self.port), context=self.tls, timeout=timeout)
            connection.request(method, path, json.dumps(body) if body is not None else None, {'Content-Type': kind})
            answer = connection.getresponse()
            text = answer.read()
            return answer.status, json.loads(text) if text.startswith(b'{') else {}
        except (OSError, http.client.HTTPException, ValueError):
            self.local.connection = None
            return 0, {}


def until(holds, seconds):
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


class Writer(threading.Thread):
    """Writes ConfigMaps without pause; remembers what was acknowledged."""

    def __init__(self, client):
        super().__init__(daemon=True)
        self.client, self.ending, self.acknowledged, self.failed = client, False, {}, 0

    def run(self):
        number = 0
        while not self.ending:
            number += 1
            name = f'written-{number % 50}'
            path = '/api/v1/namespaces/default/configmaps'
            body = {'apiVersion': 'v1', 'kind': 'ConfigMap', 'metadata': {'name': name}, 'data': {'number': str(number)}}
            if name in self.acknowledged:
                code, _ = self.client.ask('PATCH', f'{path}/{name}', {'data': {'number': str(number)}}, kind='application/merge-patch+json')
            else:
                code, _ = self.client.ask('POST', path, body)
            if code in (200, 201):
                self.acknowledged[name] = (number, number)
            elif name in self.acknowledged: # unknown: it may have been written all the same
                self.acknowledged[name] = (self.acknowledged[name][0], number)
                self.failed += 1
            else:
                if code == 409:
                    self.acknowledged[name] = (0, number)
                self.failed += 1
            time.sleep(0.01)


class Asker(threading.Thread):
    """Asks the Service without pause."""

    def __init__(self, address):
        super().__init__(daemon=True)
        self.address, self.ending, self.asked, self.failures = address, False, 0, []

    def run(self):
        while not self.ending:
            try:
                connection = http.client.HTTPConnection(self.address, 80, timeout=3)
                connection.request('GET', '/')
                if connection.getresponse().status != 200:
                    self.failures.append((time.monotonic(), 'status'))
            except (OSError, http.client.HTTPException) as error:
                self.failures.append((time.monotonic(), repr(error)))
            self.asked += 1
            time.sleep(0.02)


class Cluster:
    def __init__(self, binary):
        self.binary = os.path.join(binary, 'troupe')
        self.images = os.path.join(binary, 'images')
        self.folder = tempfile.mkdtemp(prefix='troupe-kills.')
        self.data = os.path.join(self.folder, 'data')
        self.name = f'kills{os.getpid()}'
        self.log = open(os.path.join(self.folder, 'log'), 'wb')

    def run(self, *words):
        done = subprocess.run([self.binary, *words, '--data-dir', self.data], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            raise SystemExit(f'FAILED: troupe {words}: {done.stdout}')

    def up(self):
        self.process = subprocess.Popen([self.binary, 'up', '--data-dir', self.data, '--name', self.name], stdout=self.log, stderr=self.log)
        config = os.path.join(self.data, 'admin.kubeconfig')
        if not until(lambda: os.path.exists(config), 60):
            raise SystemExit('FAILED: up')
        self.client = Client(config, self.folder)
        if not until(lambda: self.client.ask('GET', '/readyz')[0] == 200, 60):
            raise SystemExit('FAILED: /readyz')

    def down(self):
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
        subprocess.run([self.binary, 'down', '--purge', '--data-dir', self.data], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        shutil.rmtree(self.folder, ignore_errors=True)

    def pods(self):
        return self.client.ask('GET', '/api/v1/namespaces/default/pods')[1].get('items', [])

    def containers(self):
        return sorted((p['metadata']['name'], s.get('containerID'), s.get('restartCount')) for p in self.pods()
                      for s in p['status'].get('containerStatuses', []))

    def ready(self):
        pods = self.pods()
        return len(pods) == 4 and all(any(c['type'] == 'Ready' and c['status'] == 'True' for c in p['status'].get('conditions', [])) for p in pods)

    def actors(self):
        return self.client.ask('GET', '/apis/troupe.dev/v1/actors')[1].get('items', [])

    def actor(self, name):
        return self.client.ask('GET', '/apis/troupe.dev/v1/actors/' + name)[1]


def apply_example(cluster, kubectl):
    subprocess.run([kubectl, '--kubeconfig', os.path.join(cluster.data, 'admin.kubeconfig'), 'apply', '-f', 'examples/hello'],
                   check=True, stdout=subprocess.DEVNULL)


def kill(cluster, actor):
    """Kills it and waits until it is back. Returns seconds, or None."""
    name, before = actor['metadata']['name'], actor['status'].get('incarnation', 0)
    begin = time.monotonic()
    code, answer = cluster.client.ask('DELETE', '/apis/troupe.dev/v1/actors/' + name)
    if code == 405 or code == 404:
        return code
    def back():
        now = cluster.actor(name)
        status = now.get('status', {})
        return status.get('state') == 'Running' and status.get('incarnation', 0) > before
    return time.monotonic() - begin if until(back, BACK_S) else None


def in_turn(actors):
    """Supervisors last and the root not at all; round robin over parents, so that no supervisor sees too many ends at once."""
    by_parent = collections.OrderedDict()
    for actor in actors:
        if actor['spec'].get('parent'):
            by_parent.setdefault(actor['spec']['parent'], collections.deque()).append(actor)
    while by_parent:
        for parent in list(by_parent):
            yield by_parent[parent].popleft()
            if not by_parent[parent]:
                del by_parent[parent]


def check(cluster, part, problems):
    client = cluster.client
    service = client.ask('GET', '/api/v1/namespaces/default/services/hello')[1]['spec']['clusterIP']
    before = cluster.containers()
    asker, writer = Asker(service), Writer(client)
    asker.start()
    writer.start()
    killed, longest, last = 0, (0, ''), {}
    actors = [a for a in cluster.actors() if part in a['spec']['path']]
    leaves = [a for a in actors if a['spec']['kind'] != 'Supervisor']
    for actor in list(in_turn(leaves)) + list(in_turn([a for a in actors if a['spec']['kind'] == 'Supervisor'])):
        path, parent = actor['spec']['path'], actor['spec']['parent']
        time.sleep(max(0.0, last.get(parent, 0) + PACE_S - time.monotonic()))
        last[parent] = time.monotonic()
        fresh = cluster.actor(actor['metadata']['name'])
        if 'status' not in fresh:
            continue # a pod's actor that went with its pod
        failures, written = len(asker.failures), writer.failed
        took = kill(cluster, fresh)
        if took is None:
            problems.append(f'{path} did not come back')
            continue
        if took in (404, 405):
            problems.append(f'{path} answered {took}')
            continue
        killed += 1
        longest = max(longest, (took, path))
        if not until(lambda: client.ask('GET', '/readyz')[0] == 200, ANSWER_S):
            problems.append(f'the API does not answer after {path} was killed')
        if len(asker.failures) > failures:
            problems.append(f'the Service failed {len(asker.failures) - failures} times while {path} was killed: {asker.failures[-1][1]}')
        if writer.failed > written:
            say(f'{path}: back in {took:.2f} s, {writer.failed - written} writes refused meanwhile')
    time.sleep(2)
    asker.ending = writer.ending = True
    asker.join()
    writer.join()
    if not until(cluster.ready, 30):
        problems.append('not all pods are Ready at the end')
    after = cluster.containers()
    if after != before:
        problems.append(f'containers changed: {before} / {after}')
    for name, (least, most) in writer.acknowledged.items():
        code, there = client.ask('GET', '/api/v1/namespaces/default/configmaps/' + name)
        number = int(there.get('data', {}).get('number', -1)) if code == 200 else -1
        if not least <= number <= most:
            problems.append(f'{name} was acknowledged with {least}..{most} and holds {number}')
    say(f'{killed} actors killed, each back; the longest took {longest[0]:.2f} s ({longest[1]}); '
        f'{asker.asked} questions to the Service, {len(asker.failures)} failed; {writer.failed} writes refused meanwhile')
    if killed == 0:
        problems.append('nothing was killed')


def main():
    if os.geteuid() != 0:
        return say('SKIPPED: needs root')
    kubectl = os.environ.get('KUBECTL') or shutil.which('kubectl', path=os.path.join(sys.argv[1], 'tools') + ':' + os.environ['PATH'])
    if not kubectl:
        return say('SKIPPED: no kubectl (./setup unpacks one)')
    if 'TROUPE_TEST_INSIDE' not in os.environ:
        os.environ['TROUPE_TEST_INSIDE'] = '1'
        os.execvp('unshare', ['unshare', '--net', '--mount', '--propagation', 'private', '--', sys.executable, *sys.argv])
    subprocess.run('mount -t tmpfs -o mode=755 tmpfs /run && ip link set lo up', shell=True, check=True)
    cluster, problems = Cluster(sys.argv[1]), []
    try:
        cluster.up()
        cluster.run('image', 'load', os.path.join(cluster.images, 'hello.tar'))
        apply_example(cluster, kubectl)
        if not until(cluster.ready, READY_S):
            raise SystemExit('FAILED: the example is not Ready')
        check(cluster, sys.argv[2] if len(sys.argv) > 2 else '', problems)
        if problems:
            cluster.log.flush()
            say(open(cluster.log.name, errors='replace').read()[-4000:])
    finally:
        cluster.down()
    for problem in problems:
        say('FAILED:', problem)
    return 1 if problems else 0


sys.exit(main())
