"""A llama.cpp server for one model file, on a free port of the loopback interface.

Run by `make test-llm` in the environment that `fetch-model.sh` makes. Invariant: the first line it
prints is its address; it ends when its standard input does.
"""

from __future__ import annotations

import sys
from importlib import import_module


def serve(model: str) -> None:
    """Serve until nobody holds our standard input any more."""
    library = import_module("xllamacpp")
    parameters = library.CommonParams()
    parameters.model.path = model
    parameters.port, parameters.hostnames = 0, ["127.0.0.1"]
    parameters.n_ctx, parameters.n_parallel = 8192, 1
    # More threads than free cores make it slower by an order of magnitude.
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = 1
    parameters.use_jinja, parameters.ui, parameters.offline = True, False, True
    parameters.n_gpu_layers, parameters.model_alias = 0, {"local"}
    server = library.Server(parameters)
    print(server.listening_address, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    serve(sys.argv[1])
