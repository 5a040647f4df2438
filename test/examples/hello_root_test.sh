#!/bin/bash
# The example on a real one-machine cluster: up, pods Ready, the answer through the Service by its DNS name, a shell in a
# container, an endpoint that goes, a restart of the process that touches no container, a reboot that keeps the cluster, and
# `down` that leaves everything as it was. In network and mount namespaces of its own.
# usage: hello_root_test.sh FOLDER-OF-troupe
set -euo pipefail
source "$(dirname "$0")/../../tools/script_base.sh"
BUILD=${1:?folder of the binary}

if ((EUID != 0)); then echo "SKIPPED: needs root"; exit 0; fi
KUBECTL_PROGRAM=$(find_kubectl) || { echo "SKIPPED: no kubectl >= 1.$KUBECTL_MINOR_MIN (./setup unpacks one)"; exit 0; }
if [[ -z ${TROUPE_TEST_INSIDE:-} ]]; then
    TROUPE_TEST_INSIDE=1 exec unshare --net --mount --propagation private -- "$0" "$@"
fi

DATA=$(mktemp -d /tmp/troupe-hello.XXXXXX) NAME=hello$$
mount -t tmpfs -o mode=755 tmpfs /run
mount -t tmpfs -o mode=755 tmpfs /var/lib # libcni writes there; others' clusters too
ip link set lo up
# A machine has an address and a way out; here they lead nowhere.
ip link add way0 type veth peer name way1
ip address add 192.0.2.10/24 dev way0
ip link set way0 up
ip link set way1 up
ip route add default via 192.0.2.1

troupe() { "$BUILD/troupe" "$@"; }
kubectl() { "$KUBECTL_PROGRAM" --kubeconfig "$DATA/admin.kubeconfig" --request-timeout=20s "$@"; }
up() { troupe up --data-dir "$DATA" --name "$NAME" --detach >/dev/null; }
step() { printf -- '-- %s\n' "$*"; }

# What the kernel, the run folders and the process table have, as far as anything of ours could be in it.
look() {
    ip -brief link show | sed 's/ UNKNOWN\| UP\| DOWN//'
    nft list ruleset
    cat /proc/self/mounts
    find /run /var/lib/cni 2>/dev/null | sort
    find /sys/fs/cgroup -path '*/troupe*' -type d 2>/dev/null | grep "$NAME" | sort || true
    pgrep -af "$DATA|/run/troupe/$NAME" | grep -v hello_root_test || true
}

broken() {
    printf 'FAILED: %s\n' "$*"
    kubectl get pods -A -o wide || true
    kubectl get events -A 2>/dev/null | tail -n 20 || true
    tail -n 40 "$DATA/troupe.log" || true
    exit 1
}
clean() {
    troupe down --purge --data-dir "$DATA" >/dev/null 2>&1 || true
    rm -rf "$DATA"
}
trap clean EXIT

# within SECONDS COMMAND...: polls until the command succeeds.
within() {
    local end=$((SECONDS + $1))
    shift
    until "$@" 2>/dev/null; do
        ((SECONDS < end)) || return 1
        sleep 0.1
    done
}
pods_ready() { [[ $(kubectl get pods -o jsonpath='{range .items[*]}{.status.conditions[?(@.type=="Ready")].status}{"\n"}{end}' | grep -c True) == "$1" ]]; }
answers() { [[ $(kubectl logs client --tail=3) == *"hello from hello-"* ]]; }
containers() { kubectl get pods -o jsonpath='{range .items[*]}{.metadata.name} {.status.containerStatuses[0].containerID} {.status.containerStatuses[0].restartCount}{"\n"}{end}' | sort; }
asked() { kubectl exec client -- /hello ask "$1" --once; }

before=$(look)
step "up, and the example"
up || broken "up"
troupe image load --data-dir "$DATA" "$BUILD/images/hello.tar" >/dev/null || broken "image load"
kubectl apply -f examples/hello >/dev/null || broken "apply"
within 120 pods_ready 4 || broken "four pods Ready"
within 60 answers || broken "the client's log"

step "names, files, secrets, a shell"
answer=$(asked hello.default.svc.cluster.local) || broken "exec: $answer"
[[ $answer == *"greeting: break a leg"* ]] || broken "the ConfigMap's file: $answer"
[[ $answer == *"secret: present, 7 letters"* ]] || broken "the Secret's variable: $answer"
asked hello >/dev/null || broken "a name by the search list"
answer=$(kubectl exec client -- nslookup kubernetes.default.svc.cluster.local) || broken "nslookup: $answer"
[[ $answer == *"Address: 10.96.0.1"* ]] || broken "the API's name: $answer"
! kubectl exec client -- nslookup nothing.default.svc.cluster.local >/dev/null 2>&1 || broken "a name that is not there"
echo words | kubectl exec -i client -- sh -c 'cat >/tmp/words' || broken "exec with input"
[[ $(kubectl exec client -- cat /tmp/words) == words ]] || broken "what was written"
servers=$(for _ in $(seq 40); do asked hello || exit 1; done | grep '^hello from' | sort -u | wc -l)
[[ $servers == 3 ]] || broken "40 questions reached $servers of 3 servers"

step "an endpoint that goes"
kubectl scale deployment hello --replicas=1 >/dev/null
within 60 pods_ready 2 || broken "scaled down"
for _ in $(seq 10); do asked hello >/dev/null || broken "a question after scaling down"; done

step "the process ends and comes back; containers do not notice"
before_restart=$(containers)
pid=$(troupe status --data-dir "$DATA" -o json | sed -n 's/.*"pid": *\([0-9]*\).*/\1/p')
kill -TERM "$pid"
within 40 test ! -e "/proc/$pid" || broken "the process does not end"
up || broken "up again"
within 60 pods_ready 2 || broken "Ready after the restart"
[[ $(containers) == "$before_restart" ]] || broken "containers changed: $before_restart / $(containers)"
within 30 asked hello >/dev/null || broken "a question after the restart"

step "down: as before"
troupe down --data-dir "$DATA" >/dev/null || broken "down"
after=$(look)
[[ $after == "$before" ]] || { diff <(echo "$before") <(echo "$after"); broken "something is left"; }

step "up after that: the same cluster, pods started again in place"
up || broken "up after down"
within 120 pods_ready 2 || broken "Ready after down and up"
within 60 asked hello >/dev/null || broken "a question after down and up"

step "down --purge: nothing is left"
troupe down --purge --data-dir "$DATA" >/dev/null || broken "down --purge"
[[ ! -e $DATA ]] || broken "the data folder is still there"
after=$(look)
[[ $after == "$before" ]] || { diff <(echo "$before") <(echo "$after"); broken "something is left"; }
trap - EXIT
echo "all steps done"
