#!/usr/bin/env python3
"""The commands of every day on a real cluster, by kubectl itself: each with its exit status and what it must say.

usage: everyday_kubectl.py FOLDER-OF-troupe [STEP...]   as root; VERBOSE=1 shows every command with its output and time
       --config FILE instead of the folder: on a running one-machine cluster with the example's image
"""
import os
import sys
import tempfile
import time
import urllib.request

import everyday_cluster
from everyday_cluster import say

IMAGE = 'localhost/troupe/hello:1'
IDLE = f'--image={IMAGE} --image-pull-policy=IfNotPresent --command'


def example(k):
    k('apply -f examples/hello', 'configmap/hello created', 'deployment.apps/hello created', 'service/hello created', 'pod/client created')
    k('rollout status deployment/hello --timeout=60s', 'successfully rolled out')
    k('wait pod/client --for=condition=Ready --timeout=60s', 'pod/client condition met')
    k('apply -f examples/hello', 'deployment.apps/hello unchanged', 'secret/hello (unchanged|configured)', 'service/hello unchanged',
      'pod/client unchanged')
    k('diff -f examples/hello', '!replicas')
    k('wait deployment/hello --for=condition=Available --timeout=30s', 'condition met')
    k("wait deployment/hello --for=jsonpath='{.status.readyReplicas}'=3 --timeout=30s", 'condition met')
    k.until('logs client --tail=3', 'hello from hello-')


def get(k):
    k('get pods', '^NAME +READY +STATUS +RESTARTS +AGE$', '^client +1/1 +Running +0 ')
    k('get pods -o wide', 'NODE +NOMINATED NODE', r'10\.244\.0\.\d+')
    k('get pods -l app=hello --no-headers', '^hello-', '!client')
    k('get pods --field-selector=status.phase=Running -A --show-labels', '^NAMESPACE', 'app=client')
    k('get pods --sort-by=.metadata.name -o name', '^pod/client$')
    k('get deployment hello -o yaml', '^kind: Deployment$', 'readyReplicas: 3', 'localhost/troupe/hello:1', '!managedFields')
    k('get service hello -o json', '"kind": "Service"', '"clusterIP": "10[.](9[6-9]|10[0-9]|11[01])[.]')
    k("get pods -l app=hello -o jsonpath='{.items[*].status.phase}'", '^Running Running Running$')
    k("get pods -o custom-columns='N:.metadata.name,P:.status.podIP'", '^N +P$', r'^client +10\.244')
    k("get pod client -o go-template='{{.metadata.name}}-{{.spec.nodeName}}'", '^client-everyday')
    k('get pods -w --request-timeout=1s', '^client +1/1')
    k('wait pod/client --for=create --timeout=5s', 'condition met')
    k('get pod client -o yaml --show-managed-fields', 'name: client')
    k('get all', '^pod/client', '^service/hello', '^deployment.apps/hello +3/3', '^replicaset.apps/hello-')
    k('get nodes -o wide', 'Ready +.*containerd://')
    k('get ns,svc,cm,secret,sa,endpoints,endpointslices,events', 'namespace/default', 'configmap/kube-root-ca.crt', 'serviceaccount/default', 'endpointslice')
    k('get --raw /readyz', '^ok$')
    k('get pods nothing', r'Error from server \(NotFound\): pods "nothing" not found', code=1)
    k('get nothings', 'the server doesn.t have a resource type "nothings"', code=1)
    k('get pods -n nowhere', 'No resources found in nowhere namespace')
    watching = k.begin('get configmaps -w --output-watch-events')
    k.expect(watching, 'get -w', 'ADDED +hello', end=False)
    k('create configmap watched --from-literal=a=b', 'created')
    k('delete configmap watched', 'deleted')
    k.expect(watching, 'get -w', '(?s)ADDED +watched.*DELETED +watched')


def describe(k):
    k('describe pod client', 'Status: +Running', 'Node: +everyday', 'Container ID: +containerd://', r'Events:[^<]*Scheduled', 'Started')
    k('describe deployment hello', '3 desired .* 3 total .* 3 available', 'NewReplicaSet: +hello-', 'ScalingReplicaSet')
    k('describe service hello', r'Endpoints: +10\.244\.\d+\.\d+:8080', 'Selector: +app=hello')
    k('describe node', 'Ready +True', 'Non-terminated Pods', 'Allocated resources', 'KubeletReady')
    k('describe rs -l app=hello', 'Controlled By: +Deployment/hello')
    k('describe configmap hello', 'break a leg')
    k('describe secret hello', 'password: +7 bytes', '!macbeth')
    k('describe namespace default', 'Status: +Active')
    k('describe sa default', 'Name: +default')


def create(k):
    with open(os.path.join(k.folder, 'file.txt'), 'w') as to:
        to.write('a line\n')
    os.makedirs(os.path.join(k.folder, 'kustom'))
    with open(os.path.join(k.folder, 'kustom/kustomization.yaml'), 'w') as to:
        to.write('namePrefix: kz-\nconfigMapGenerator:\n- name: made\n  literals: [a=b]\n')
    k('create namespace stage', 'namespace/stage created')
    k('create namespace stage', r'Error from server \(AlreadyExists\): namespaces "stage" already exists', code=1)
    k(f'create configmap words -n stage --from-literal=one=1 --from-file={k.folder}/file.txt', 'configmap/words created')
    k("get configmap words -n stage -o jsonpath='{.data}'", '"one":"1"', 'a line')
    k('create secret generic hidden -n stage --from-literal=key=value', 'secret/hidden created')
    k("get secret hidden -n stage -o jsonpath='{.data.key}'", '^dmFsdWU=$')
    k('create serviceaccount worker -n stage', 'serviceaccount/worker created')
    k('create token worker -n stage --duration=1h', r'^eyJ[\w-]+\.[\w-]+\.[\w-]+$')
    k('create role reader -n stage --verb=get,list --resource=pods', 'role.rbac.authorization.k8s.io/reader created')
    k('create rolebinding reads -n stage --role=reader --serviceaccount=stage:worker', 'reads created')
    k('create clusterrole watcher --verb=watch --resource=nodes', 'watcher created')
    k(f'create deployment web -n stage --image={IMAGE} --replicas=2 --port=8080 --dry-run=client -o yaml', 'kind: Deployment')
    k(f'create deployment web -n stage --image={IMAGE} --dry-run=server', 'created .server dry run')
    k('get deployment web -n stage', 'NotFound', code=1)
    k(f'create deployment web -n stage --image={IMAGE} --replicas=2 -- /hello serve 8080', 'deployment.apps/web created')
    k('rollout status deployment/web -n stage --timeout=60s', 'successfully rolled out')
    k(f'create job once -n stage --image={IMAGE} -- /bin/true', 'job.batch/once created')
    k('create -f -', 'configmap/typed created', text='{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"typed","namespace":"stage"},"data":{"a":"1"}}')
    k('replace -f -', 'configmap/typed replaced', text='{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"typed","namespace":"stage"},"data":{"a":"2"}}')
    k("get configmap typed -n stage -o jsonpath='{.data.a}'", '^2$')
    k('create -f -', 'unknown field "spec.containerz"', code=1,
      text='{"apiVersion":"v1","kind":"Pod","metadata":{"name":"wrong"},"spec":{"containerz":[]}}')
    k('create poddisruptionbudget guard -n stage --selector=app=web --max-unavailable=1', 'poddisruptionbudget.policy/guard created')
    k('create priorityclass high --value=10', 'created')
    k('create clusterrolebinding sees --clusterrole=view --user=jane', 'created')
    k(f'apply -k {k.folder}/kustom', 'configmap/kz-made-[0-9a-z]+ created')
    k('create quota few -n stage --hard=configmaps=20', 'few created')


def may(k):
    k('auth can-i create pods', '^yes$')
    k('auth can-i list pods -n stage --as=system:serviceaccount:stage:worker', '^yes$')
    k('auth can-i delete pods -n stage --as=system:serviceaccount:stage:worker', '^no$', code=1)
    k('auth can-i --list -n stage --as=system:serviceaccount:stage:worker', r'^pods .*\[get list\]', 'selfsubjectaccessreviews')
    k('auth can-i list pods --as=jane', '^yes$')
    k('auth whoami', 'Username', 'system:masters')
    k('get pods -n stage --as=system:serviceaccount:stage:worker', '^web-')
    k('get secrets -n stage --as=system:serviceaccount:stage:worker', r'Error from server \(Forbidden\): secrets is forbidden: User "system:serviceaccount:stage:worker" cannot list',
      code=1)


def change(k):
    k('edit configmap hello', 'configmap/hello edited', EDITOR="sed -i 's/break a leg/good luck/'")
    k("get configmap hello -o jsonpath='{.data.greeting}'", '^good luck$')
    k('edit configmap hello', 'Edit cancelled, no changes made', EDITOR='true')
    k('''patch configmap hello -p '{"data":{"more":"yes"}}' ''', 'configmap/hello patched')
    k('''patch configmap hello --type=merge -p '{"data":{"more":null}}' ''', 'configmap/hello patched')
    k('''patch configmap hello --type=json -p '[{"op":"test","path":"/data/greeting","value":"good luck"},{"op":"add","path":"/data/last","value":"1"}]' ''', 'configmap/hello patched')
    k("get configmap hello -o jsonpath='{.data}'", '"last":"1"', '!more')
    k('''patch deployment web -n stage -p '{"spec":{"template":{"spec":{"terminationGracePeriodSeconds":1}}}}' ''', 'patched')
    k('''patch deployment web -n stage --subresource=scale --type=merge -p '{"spec":{"replicas":1}}' ''', 'scale.autoscaling/web patched|deployment.apps/web patched')
    k('label pod client tier=front', 'pod/client labeled')
    k('label pod client tier=back', r"error: 'tier' already has a value \(front\)", code=1)
    k('label pod client tier=back --overwrite', 'pod/client labeled')
    k('get pods -L tier -l tier=back', '^client .* back$')
    k('label pod client tier-', 'pod/client unlabeled')
    k('annotate pod client note="two words"', 'pod/client annotated')
    k("get pod client -o jsonpath='{.metadata.annotations.note}'", '^two words$')
    k('annotate pod client note-', 'pod/client annotated')


def rollout(k):
    web = 'deployment/web -n stage'
    k(f'scale {web} --replicas=3', 'deployment.apps/web scaled')
    k(f'scale {web} --replicas=2 --current-replicas=7', 'Expected replicas to be 7', code=1)
    k(f'rollout status {web} --timeout=60s', 'successfully rolled out')
    k(f'set env {web} COLOUR=red', 'env updated')
    k(f'rollout status {web} --timeout=60s', 'successfully rolled out')
    k(f'set env {web} --list', '^COLOUR=red$')
    k(f'set image {web} hello=localhost/troupe/absent:1', 'image updated')
    k.until('get pods -n stage', 'ErrImagePull|ImagePullBackOff|ErrImageNeverPull')
    k(f'rollout status {web} --timeout=1s', 'timed out waiting', code=1)
    k(f'rollout undo {web}', 'rolled back')
    k(f'rollout status {web} --timeout=60s', 'successfully rolled out')
    k("get deployment web -n stage -o jsonpath='{.spec.template.spec.containers[0].image}'", f'^{IMAGE}$')
    k(f'set resources {web} --requests=cpu=5m,memory=8Mi --limits=memory=64Mi', 'resource requirements updated')
    k(f'rollout status {web} --timeout=60s', 'successfully rolled out')
    k(f'rollout history {web}', 'REVISION +CHANGE-CAUSE', '^6 ')
    k(f'rollout history {web} --revision=6', 'memory:\\s+64Mi')
    k(f'rollout undo {web} --to-revision=1', 'rolled back')
    k(f'rollout pause {web}', 'paused')
    k(f'set env {web} COLOUR=blue', 'env updated')
    k(f'rollout resume {web}', 'resumed')
    k(f'rollout restart {web}', 'restarted')
    k(f'rollout status {web} --timeout=60s', 'successfully rolled out')
    k.until('get pods -n stage -l app=web --no-headers', r'\A(web-\S+ +1/1 +Running .*\n){3}\Z')
    k(f'autoscale {web} --min=1 --max=3 --cpu{"" if k.minor >= 34 else "-percent"}=80{"%" if k.minor >= 34 else ""}', 'autoscaled')


def expose(k):
    k('expose deployment web -n stage --port=80 --target-port=8080', 'service/web exposed')
    k(f"get service web -n stage -o jsonpath='{{.spec.clusterIP}}'", r'^10[.](9[6-9]|10[0-9]|11[01])[.]')
    k.until('exec client -- /hello ask web.stage --once', 'hello from web-')
    k('create service clusterip bare --tcp=80:8080', 'service/bare created')
    k('create service nodeport out -n stage --tcp=80:8080', 'service/out created')
    k("get service out -n stage -o jsonpath='{.spec.ports[0].nodePort}'", r'^3\d{4}$')
    k('get endpointslices -n stage -l kubernetes.io/service-name=web', 'web-')


def run(k):
    k(f'run quick {IDLE} --labels=kind=quick --restart=Never -- sh -c "echo quick words; exit 3"', 'pod/quick created')
    k("wait pod/quick --for=jsonpath='{.status.phase}'=Failed --timeout=30s", 'condition met')
    k('logs quick', '^quick words$')
    k("get pod quick -o jsonpath='{.status.containerStatuses[0].state.terminated.exitCode}'", '^3$')
    k(f'run piped -i --rm --quiet {IDLE} --restart=Never -- cat', '^through the pipe$', text='through the pipe\n')
    k('get pod piped', 'NotFound', code=1)
    k(f'run failing -i --rm {IDLE} --restart=Never -- sh -c "read line; echo $line; exit 7"', 'seen', code=7, text='seen\n')
    k(f'run loops {IDLE} -- sh -c "echo begun; sleep 0.2; exit 1"', 'pod/loops created')
    k.until("get pod loops -o jsonpath='{.status.containerStatuses[0].restartCount}'", '^[1-9]')
    k('logs loops -p', '^begun$')
    k('get pod loops', 'CrashLoopBackOff|Error|Running')
    k(f'run steady {IDLE} --port=8080 --expose --env=COLOUR=green -- /hello serve 8080', 'service/steady created', 'pod/steady created')
    k('wait pod/steady --for=condition=Ready --timeout=30s', 'condition met')
    k('exec steady -- env', '^COLOUR=green$')


def logs(k):
    k(f'run counts {IDLE} --labels=kind=counts -- sh -c "i=0; while :; do i=$((i+1)); echo line $i; sleep 0.1; done"', 'created')
    k('wait pod/counts --for=condition=Ready --timeout=30s', 'condition met')
    following = k.begin('logs -f counts')
    k.expect(following, 'logs -f', '(?s)line 5\n.*line 15\n')
    k('logs counts --tail=2', r'\A(line \d+\n){2}\Z')
    k('logs counts --since=1h --limit-bytes=14', r'\Aline 1\nline 2\n\Z')
    k('logs counts --timestamps --tail=1', r'^\d{4}-\d\d-\d\dT[\d:.]+Z line')
    k('logs -l app=hello --prefix --tail=1', r'\[pod/hello-')
    k('logs deployment/hello --all-containers --tail=1', '.')
    k('logs counts -c nothing', 'container nothing is not valid for pod counts', code=1)
    k('logs nothing', 'NotFound', code=1)
    k('delete pod counts --now', 'pod "counts" deleted')


def streams(k):
    k('exec steady -- cat /etc/hostname', '^steady$')
    k('exec -i steady -- sh -c "cat >/tmp/words; wc -c </tmp/words"', '^10$', text='put there\n')
    k('exec steady -- sh -c "cat /tmp/words; exit 5"', 'put there', 'command terminated with exit code 5', code=5)
    k('exec deploy/hello -- cat /etc/hello/greeting', 'good luck|break a leg')
    # The size follows the start, so the shell waits for it; the machine's terminal is script(1)'s.
    waits = r'tty; until stty size | grep -q 33; do sleep 0.1; done; stty size'
    k.run_other(f'''script -qec "stty rows 33 cols 99; {k.program} exec -it steady -- sh -c '{waits}'" /dev/null''', '/dev/pts/0', '33 99')
    with open(os.path.join(k.folder, 'there'), 'wb') as to:
        to.write(os.urandom(300_000))
    k(f'cp {k.folder}/there steady:/tmp/there')
    k(f'cp steady:/tmp/there {k.folder}/back', '.?')
    k.same_files('there', 'back')
    os.makedirs(os.path.join(k.folder, 'tree/below'), exist_ok=True)
    with open(os.path.join(k.folder, 'tree/below/leaf'), 'w') as to:
        to.write('leaf\n')
    k(f'cp {k.folder}/tree steady:/tmp/tree')
    k('exec steady -- cat /tmp/tree/below/leaf', '^leaf$')
    for what in ('pod/steady', 'service/hello', 'deployment/hello'):
        line = f'port-forward {what} 28080:{80 if "service" in what else 8080}'
        forwarding = k.begin(line)
        k.expect(forwarding, line, r'Forwarding from 127\.0\.0\.1:28080', end=False)
        try:
            with urllib.request.urlopen('http://127.0.0.1:28080/', timeout=10) as answer:
                if b'hello from' not in answer.read():
                    k.problem(f'{line}: another answer')
        except OSError as error:
            k.problem(f'{line}: {error}')
        forwarding.end()


def delete(k):
    k('exec quick -- true', 'cannot exec into a container in a completed pod', code=1)
    k('exec steady -c nothing -- true', 'container nothing is not valid for pod steady|container not found', '!upgrade connection: unable', code=1)
    k('delete service bare out -n stage', code=1)
    k('delete service bare', 'service "bare" deleted')
    k('delete pod -l kind=quick', 'pod "quick" deleted')
    k('delete pod loops --grace-period=1', 'pod "loops" deleted')
    k('delete pod steady --force --grace-period=0', 'pod "steady" force deleted')
    k('get pod steady', 'NotFound', code=1)
    k('delete service steady', 'deleted')
    k('delete pod nothing', 'NotFound', code=1)
    k('delete pod nothing --ignore-not-found')
    k('delete pod client --wait=false', 'pod "client" deleted')
    k('wait pod/client --for=delete --timeout=60s')
    k('apply -f examples/hello', 'pod/client created')
    pod = k("get pods -l app=hello -o jsonpath='{.items[0].metadata.name}'")
    k(f'delete pod {pod} --grace-period=1', 'deleted')
    k('rollout status deployment/hello --timeout=60s', 'successfully rolled out')
    k('delete deployment hello --cascade=orphan', 'deployment.apps "hello" deleted')
    k('get replicaset -l app=hello --no-headers', '^hello-')
    k('apply -f examples/hello', 'deployment.apps/hello created')
    k('rollout status deployment/hello --timeout=60s', 'successfully rolled out')


def nodes(k):
    node = k("get nodes -o jsonpath='{.items[0].metadata.name}'")
    k(f'cordon {node}', f'node/{node} cordoned')
    k('get nodes', 'Ready,SchedulingDisabled')
    k(f'run late {IDLE} -- sleep 1000', 'created')
    k.until('get events --field-selector=involvedObject.name=late', 'FailedScheduling .*unschedulable')
    k(f'drain {node} --ignore-daemonsets --delete-emptydir-data', 'cannot delete .*declare no controller', code=1)
    k(f'drain {node} --ignore-daemonsets --pod-selector=app=web --grace-period=1 --timeout=2s', 'Cannot evict pod as it would violate the pod.s disruption budget', code=1)
    k('delete poddisruptionbudget guard -n stage', 'deleted')
    k(f'drain {node} --ignore-daemonsets --delete-emptydir-data --force --grace-period=1 --timeout=60s', 'evicting pod default/hello-', f'node/{node} drained')
    k.until('get pods -l app=hello --no-headers', r'\A(hello-\S+ +0/1 +Pending .*\n){3}\Z')
    k(f'uncordon {node}', f'node/{node} uncordoned')
    k('rollout status deployment/hello --timeout=60s', 'successfully rolled out')
    k('wait pod/late --for=condition=Ready --timeout=30s', 'condition met')
    k('apply -f examples/hello', 'pod/client created')
    k('wait pod/client --for=condition=Ready --timeout=30s', 'condition met')
    k(f'taint node {node} trial=1:NoSchedule', f'node/{node} tainted')
    k('describe node', 'Taints: +trial=1:NoSchedule')
    k(f'taint node {node} trial-', f'node/{node} untainted')
    k(f'label node {node} disk=fast', 'labeled')
    k('delete pod late --grace-period=1', 'deleted')


def cluster(k):
    k('api-resources', '^pods +po +v1 +true +Pod', '^deployments +deploy +apps/v1', '^actors .*troupe.dev/v1')
    k('api-resources --namespaced=false --verbs=list -o name', '^nodes$', '!^pods$')
    k('api-versions', '^apps/v1$', '^v1$', '^rbac.authorization.k8s.io/v1$')
    k('cluster-info', 'Kubernetes control plane.* is running at')
    k('version', r'Server Version: v1\.\d+')
    k('explain pod.spec.containers', 'FIELD: containers|RESOURCE: containers', 'imagePullPolicy')
    k('explain deployment --recursive', 'replicas', 'maxSurge')
    k('events', 'LAST SEEN +TYPE', 'Scheduled')
    k('events --for deployment/hello --types=Normal', 'ScalingReplicaSet')
    k('get events --sort-by=.lastTimestamp', 'LAST SEEN')
    k('top nodes', 'error: Metrics API not available', code=1)
    k('top pods', 'error: Metrics API not available', code=1)
    k('get componentstatuses', '.?')
    k('get crds', 'No resources found')


def actors(k):
    k('get actors', '^NAME +KIND +STATE', 'Running')
    name = k("get actors -o jsonpath='{.items[?(@.spec.kind==\"Scheduler\")].metadata.name}'") or 'scheduler'
    k('get actors -o name', f'/{name}$')
    incarnation = k(f"get actor {name} -o jsonpath='{{.status.incarnation}}'")
    k(f'describe actor {name}', 'Kind: +Actor')
    k(f'delete actor {name}', 'deleted')
    k.until(f"get actor {name} -o jsonpath='{{.status.state}} {{.status.incarnation}}'", f'^Running (?!{incarnation}$)')
    k(f'run after {IDLE} -- sleep 1000', 'created')
    k('wait pod/after --for=condition=Ready --timeout=30s', 'condition met')


def away(k):
    k('delete namespace stage --timeout=60s', 'namespace "stage" deleted')
    k('get namespace stage', 'NotFound', code=1)
    k('delete -f examples/hello --grace-period=1', 'deployment.apps "hello" deleted', 'pod "client" deleted')
    k('delete pods --all --grace-period=1', 'pod "after" deleted')
    k.until('get pods', 'No resources found')
    k('delete configmaps --all', 'deleted')
    k('delete clusterrole/watcher clusterrolebinding/sees priorityclass/high', '"watcher" deleted', '"sees" deleted', '"high" deleted')


STEPS = [example, get, describe, create, may, change, rollout, expose, run, logs, streams, delete, nodes, cluster, actors, away]


def main():
    running = sys.argv[1] == '--config'
    rest = sys.argv[3 if running else 2:]
    build = '.' if running else os.path.abspath(sys.argv[1])
    if os.geteuid() != 0:
        return say('SKIPPED: needs root')
    program = everyday_cluster.find_kubectl(build)
    if not program:
        return say(f'SKIPPED: no kubectl >= 1.{everyday_cluster.KUBECTL_MINOR_MIN} (./setup unpacks one)')
    if not running:
        everyday_cluster.enter_namespaces()
    place = None if running else everyday_cluster.Cluster(build)
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix='troupe-everyday.') as folder:
        k = everyday_cluster.Kubectl(program, sys.argv[2] if running else place.config, folder)
        try:
            if place:
                place.up()
            for step in STEPS:
                if not rest or step.__name__ in rest:
                    at = time.monotonic()
                    step(k)
                    say(f'-- {step.__name__}: {time.monotonic() - at:.1f} s')
            if k.problems and place:
                say(place.log())
        finally:
            if place:
                place.down()
    say(f'{k.commands} commands, {len(k.problems)} not as wanted, {time.monotonic() - begin:.0f} s')
    return 1 if k.problems else 0


sys.exit(main())
