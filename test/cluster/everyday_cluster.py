"""A real one-machine cluster in network and mount namespaces of its own, and kubectl on it with every answer checked."""
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

KUBECTL_MINOR_MIN = 30
COMMAND_S = 60      # no command may take longer
OUTPUT_CHARACTERS = 1500


def say(*words):
    print(*words, flush=True)


def find_kubectl(build):
    """The one that ./setup unpacked, or the one on PATH, if new enough."""
    for candidate in (os.path.join(build, 'tools', 'kubectl'), shutil.which('kubectl')):
        if candidate and os.access(candidate, os.X_OK):
            shown = subprocess.run([candidate, 'version', '--client', '-o', 'json'], stdout=subprocess.PIPE, text=True).stdout
            minor = re.search(r'"minor": *"(\d+)', shown)
            if minor and int(minor.group(1)) >= KUBECTL_MINOR_MIN:
                return os.path.realpath(candidate)
    return None


def enter_namespaces():
    """Starts this program again where no other cluster's interfaces, run folders and CNI state are."""
    if 'TROUPE_TEST_INSIDE' not in os.environ:
        os.environ['TROUPE_TEST_INSIDE'] = '1'
        os.execvp('unshare', ['unshare', '--net', '--mount', '--propagation', 'private', '--', sys.executable, *sys.argv])
    subprocess.run('''mount -t tmpfs -o mode=755 tmpfs /run && mount -t tmpfs -o mode=755 tmpfs /var/lib && ip link set lo up &&
        ip link add way0 type veth peer name way1 && ip address add 192.0.2.10/24 dev way0 && ip link set way0 up &&
        ip link set way1 up && ip route add default via 192.0.2.1''', shell=True, check=True)


class Cluster:
    """`troupe up` with the built images; `down --purge` at the end."""

    def __init__(self, build):
        self.binary, self.images = os.path.join(build, 'troupe'), os.path.join(build, 'images')
        self.folder = tempfile.mkdtemp(prefix='troupe-everyday.')
        self.data = os.path.join(self.folder, 'data')
        self.name = f'everyday{os.getpid()}'
        self.config = os.path.join(self.data, 'admin.kubeconfig')

    def run(self, *words):
        done = subprocess.run([self.binary, *words, '--data-dir', self.data], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            raise SystemExit(f'FAILED: troupe {words}: {done.stdout}\n{self.log()}')

    def up(self):
        self.run('up', '--name', self.name, '--detach')
        for image in sorted(os.listdir(self.images)):
            if image.endswith('.tar'):
                self.run('image', 'load', os.path.join(self.images, image))

    def log(self):
        try:
            with open(os.path.join(self.data, 'troupe.log'), errors='replace') as log:
                return log.read()[-3000:]
        except OSError:
            return ''

    def down(self):
        subprocess.run([self.binary, 'down', '--purge', '--data-dir', self.data], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        shutil.rmtree(self.folder, ignore_errors=True)


class Running:
    """A command that goes on: its output is read as it comes; `saw` waits for a text in it."""

    def __init__(self, words, environment):
        self.process = subprocess.Popen(words, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.text, self.changed = '', threading.Condition()
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        while piece := os.read(self.process.stdout.fileno(), 65536):
            with self.changed:
                self.text += piece.decode(errors='replace')
                self.changed.notify_all()

    def saw(self, pattern, seconds=20):
        with self.changed:
            return self.changed.wait_for(lambda: re.search(pattern, self.text), seconds) is not None and bool(re.search(pattern, self.text))

    def end(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            return self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


class Kubectl:
    """Every call states the exit status and what the output must hold; what differs is remembered, and the script goes on."""

    def __init__(self, program, config, folder):
        self.program, self.folder = program, folder
        self.environment = {**os.environ, 'KUBECONFIG': config, 'HOME': folder, 'LC_ALL': 'C'}
        self.commands, self.problems = 0, []
        shown = subprocess.run([program, 'version', '--client', '-o', 'json'], stdout=subprocess.PIPE, text=True).stdout
        self.minor = int(re.search(r'"minor": *"(\d+)', shown).group(1))

    def words(self, line):
        return [self.program, *shlex.split(line)]

    def problem(self, text):
        self.problems.append(text)
        say('FAILED:', text)

    def __call__(self, line, *wanted, code=0, text=None, **environment):
        """Runs `kubectl LINE` with TEXT as its input. Each of `wanted` is a pattern; one that begins with ! must not be there."""
        return self.run('kubectl ' + line, self.words(line), wanted, code, text, environment)

    def run_other(self, line, *wanted):
        """A command line that is not kubectl's, but runs it."""
        return self.run(line, ['sh', '-c', line], wanted, 0, None, {})

    def run(self, line, words, wanted, code, text, environment):
        self.commands += 1
        begin = time.monotonic()
        try:
            done = subprocess.run(words, env={**self.environment, **environment}, input=text or '', stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True, errors='replace', timeout=COMMAND_S)
            output, status = done.stdout, done.returncode
        except subprocess.TimeoutExpired as late:
            output, status = (late.stdout or b'').decode(errors='replace'), f'none within {COMMAND_S} s'
        if 'VERBOSE' in os.environ:
            say(f'$ {line}   [{status}, {time.monotonic() - begin:.2f} s]\n{output[:OUTPUT_CHARACTERS]}')
        missing = [p for p in wanted if bool(re.search(p.lstrip('!'), output, re.M)) == p.startswith('!')]
        if status != code or missing:
            self.problem(f'{line}: exit {status} (wanted {code}); not as wanted: {missing}; output:\n{output[:OUTPUT_CHARACTERS]}')
        return output.strip()

    def begin(self, line):
        self.commands += 1
        return Running(self.words(line), self.environment)

    def expect(self, running, line, pattern, end=True):
        """Waits until what goes on has said it."""
        if not running.saw(pattern):
            self.problem(f'kubectl {line}: {pattern} did not come; output:\n{running.text[:OUTPUT_CHARACTERS]}')
        if end:
            running.end()

    def until(self, line, pattern, seconds=30):
        """Asks again until the answer is that, for what has no condition to wait for."""
        end, output = time.monotonic() + seconds, ''
        self.commands += 1
        while time.monotonic() < end:
            output = subprocess.run(self.words(line), env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout
            if re.search(pattern, output, re.M):
                return output
            time.sleep(0.1) # polls
        self.problem(f'kubectl {line}: {pattern} not within {seconds} s; output:\n{output[:OUTPUT_CHARACTERS]}')
        return output

    def same_files(self, one, other):
        """Two files in the folder of this run hold the same bytes."""
        try:
            with open(os.path.join(self.folder, one), 'rb') as first, open(os.path.join(self.folder, other), 'rb') as second:
                if first.read() != second.read():
                    self.problem(f'{other} is not {one}')
        except OSError as error:
            self.problem(str(error))
