#!/bin/sh
# Makes the environment of the Makefile's targets: deploy/setup.sh demo | dev | services | lock
# Needs Python 3.11+ only. System packages are installed through apt when root, or sudo without a
# password, allows it; otherwise the script says what a person has to install.
set -eu
cd "$(dirname "$0")/.."

# The machine's own certificates, as its browser and pip use: an office's proxy is known only to those.
# The second name is what older versions of uv read.
export UV_SYSTEM_CERTS=1 UV_NATIVE_TLS=1

say() { printf '%s\n' "$*" >&2; }
fail() { say "$@"; exit 1; }

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"
    elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then sudo -n "$@"
    else return 1
    fi
}

# Another installation may hold apt's locks: wait for it, up to five minutes each.
apt_install() {
    command -v apt-get >/dev/null 2>&1 && as_root true || return 1
    say "Installing $* (apt) ..."
    for _ in $(seq 30); do
        as_root apt-get -qq -o DPkg::Lock::Timeout=300 update >/dev/null 2>&1 && break
        sleep 10
    done
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get -qq -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "$@" >/dev/null
}

find_python() {
    for candidate in ${PYTHON:-} python3 python3.13 python3.12 python3.11 python3.14 python; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    fail "Daybook needs Python 3.11 or newer, and found none. Install it (Debian, Ubuntu: apt install python3" \
        "python3-venv) or name it: make PYTHON=/path/to/python3 ..."
}

# uv lives in .tools/, apart from .venv, because making .venv agree with its lock would remove it there.
find_uv() {
    command -v uv && return
    if ! .tools/bin/uv --version >/dev/null 2>&1 || [ requirements/tools.lock -nt .tools/.ready ]; then
        make_tools >&2
    fi
    echo .tools/bin/uv
}

make_tools() {
    python=$(find_python)
    rm -rf .tools
    if ! "$python" -c 'import ensurepip' 2>/dev/null; then
        apt_install python3-venv ||
            fail "Python's venv module is not complete. Install it (Debian, Ubuntu: apt install python3-venv)."
    fi
    "$python" -m venv .tools
    .tools/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/tools.lock
    touch .tools/.ready
}

# Two steps, because packages without a wheel are built with the locked build tools, which must be there first.
make_environment() {
    say "Setting up .venv ($1) ..."
    uv=$(find_uv)
    if ! .venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        python=$(find_python)
        rm -rf .venv
        "$uv" venv --quiet --python "$python" .venv
    fi
    into="--quiet --python .venv/bin/python"
    # shellcheck disable=SC2086 # two words on purpose
    {
        "$uv" pip install $into --require-hashes -r requirements/build.lock
        "$uv" pip sync $into --require-hashes --no-build-isolation "requirements/$1.lock"
        "$uv" pip install $into --no-deps --no-build-isolation --editable .
    }
    rm -f .venv/.ready-*
    touch ".venv/.ready-$1"
}

install_services() {
    command -v redis-server >/dev/null 2>&1 || [ -x /usr/sbin/redis-server ] || apt_install redis-server ||
        say "redis-server is missing and cannot be installed from here, so the tests marked redis cannot run." \
            "Install it (Debian, Ubuntu: apt install redis-server; macOS: brew install redis)."
}

# Versions and hashes only: no addresses, so that every mirror serves.
lock() {
    uv=$(find_uv)
    compile="$uv pip compile --quiet --upgrade --universal --python-version 3.11
        --generate-hashes --no-header --no-emit-index-url --no-annotate"
    $compile requirements/tools.in -o requirements/tools.lock
    $compile pyproject.toml requirements/build.in --extra test --extra dev --extra notify -o requirements/dev.lock
    $compile pyproject.toml requirements/build.in --extra demo -c requirements/dev.lock -o requirements/demo.lock
    $compile requirements/build.in -c requirements/dev.lock -o requirements/build.lock
}

case "${1:-}" in
    demo | dev) make_environment "$1" ;;
    services) install_services ;;
    lock) lock ;;
    *) fail "usage: deploy/setup.sh demo | dev | services | lock" ;;
esac
