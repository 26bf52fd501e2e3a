"""Fresh Python processes which see the same rustorch_fn as the tests do, from wherever they run."""

import os
import subprocess
import sys
from pathlib import Path

import rustorch_fn

WHERE = str(Path(rustorch_fn.__file__).parents[1])


def python(*arguments, cwd=None, **environment):
    """Run `python *arguments` with these environment variables beside our own, and give what it did."""
    path = os.pathsep.join(filter(None, (WHERE, os.environ.get("PYTHONPATH"))))
    around = {**os.environ, "PYTHONPATH": path, **environment}
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=around, check=False)
