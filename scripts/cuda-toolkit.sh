#!/usr/bin/env bash
# Makes a CUDA 13.0 compiler out of wheels of the Python package index (about 200 MB), for machines without one: nvcc and
# what it needs to compile and link the kernels. No driver and no GPU are needed, and no cuBLAS, which is loaded at run
# time. Does nothing where it has been done.
#
# usage: cuda-toolkit.sh DEST     prints the path of nvcc; says what it does on standard error
set -euo pipefail

VERSION='13.0.*'
PACKAGES=(nvidia-cuda-nvcc nvidia-cuda-runtime nvidia-cuda-crt nvidia-nvvm nvidia-cuda-cccl)

say() { echo "cuda toolkit: $*" >&2; }
fail() {
  say "$*"
  exit 1
}

[ $# -eq 1 ] || fail 'usage: cuda-toolkit.sh DEST'
mkdir -p "$1"
dest=$(cd "$1" && pwd)
nvcc=$dest/cuda/bin/nvcc
done_mark=$dest/.cuda-$VERSION

if [ -e "$done_mark" ] && [ -x "$nvcc" ]; then
  echo "$nvcc"
  exit 0
fi

python=${PYTHON:-python3}
command -v "$python" >/dev/null || fail "there is no $python; install it with: apt-get install -y python3-venv"
say "making $dest of ${PACKAGES[*]} $VERSION"
rm -rf "$dest/venv" "$dest/cuda"
"$python" -m venv "$dest/venv" >&2 || fail "$python makes no virtual environment; install python3-venv"
"$dest/venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps \
  "${PACKAGES[@]/%/==$VERSION}" >&2 ||
  fail 'the wheels were not installed (pip says why above): is the Python package index reachable?'

toolkit=$(echo "$dest"/venv/lib/python3*/site-packages/nvidia/cu13)
[ -x "$toolkit/bin/nvcc" ] || fail "the wheels brought no $toolkit/bin/nvcc"
ln -sfn lib "$toolkit/lib64" # where nvcc and CMake look for libcudart_static.a
ln -sfn "$toolkit" "$dest/cuda"
"$nvcc" --version | grep release >&2
touch "$done_mark"
say "done, $(du -sh "$dest" | cut -f1)"
echo "$nvcc"
