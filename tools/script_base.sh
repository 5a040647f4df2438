# Sourced by ./setup, ./up and ./check: where things are, who the caller is, and how to say what is going on.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
ROOT=$PWD

say() { printf '\n==> %s\n' "$*"; }
fail() { printf '%s: %s\n' "$(basename "$0")" "$2" >&2; exit "$1"; }

# Runs a command as root: directly, or by sudo.
as_root() {
    if ((EUID == 0)); then "$@"; return; fi
    command -v sudo >/dev/null || fail 2 "this needs root, and sudo is not there"
    sudo "$@"
}

# Runs a command as whoever called: the build belongs to him, also when he called by sudo.
as_caller() {
    if ((EUID == 0)) && [[ -n ${SUDO_USER:-} && $SUDO_USER != root ]]; then
        sudo -H -u "$SUDO_USER" env "PATH=$PATH" "$@"
    else
        "$@"
    fi
}
caller() { if ((EUID == 0)) && [[ -n ${SUDO_USER:-} ]]; then echo "$SUDO_USER"; else id -un; fi; }

# As many as there are cores, but 1.5 GiB of memory for each.
build_jobs() {
    local cores memory
    cores=$(nproc)
    memory=$(awk '/^MemAvailable/ { print int($2 / 1572864) }' /proc/meminfo)
    ((memory >= 1)) || memory=1
    echo $((cores < memory ? cores : memory))
}

# build TARGETS...: configures, then builds with one line of progress a step.
build() {
    as_caller mkdir -p build
    if ! as_caller cmake --preset release 2>&1 | as_caller tee build/configure.log >/dev/null; then
        tail -n 30 build/configure.log >&2
        fail 1 "cmake failed; all of it is in build/configure.log"
    fi
    # What is compiled does not depend on where the tree lies: an earlier build's cached objects serve any clone.
    as_caller env NINJA_STATUS='[%f/%t %es] ' CCACHE_BASEDIR="$ROOT" CCACHE_NOHASHDIR=1 \
        CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ninja -C build -j "$(build_jobs)" "$@" || fail 1 "the build failed; the last lines say why"
}

# A kubectl of at least 1.30: the one that ./setup unpacked, or the one on PATH.
KUBECTL_MINOR_MIN=30
kubectl_minor() { "$1" version --client -o json 2>/dev/null | sed -n 's/.*"minor": *"\([0-9]*\).*/\1/p' | head -n 1; }
find_kubectl() {
    local candidate minor
    for candidate in "$ROOT/build/tools/kubectl" "$(type -P kubectl || true)"; do
        [[ -x $candidate ]] || continue
        minor=$(kubectl_minor "$candidate" || true)
        if [[ -n $minor ]] && ((minor >= KUBECTL_MINOR_MIN)); then echo "$candidate"; return; fi
    done
    return 1
}
