"""No pickle, no shell, no eval anywhere in the product: read from the source, so that nothing has to be remembered."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted(
    path
    for folder in ("protocol", "server", "hosts")
    for path in (ROOT / folder).rglob("*.py")
    if path.is_file() and "node_modules" not in path.parts  # other people's, for tests and the build alone
)
BANNED_MODULES = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "shelve", "marshal", "pty", "commands"}
BANNED_CALLS = {"eval", "exec", "os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput"}
BANNED_METHODS = {"recv_pyobj", "send_pyobj", "recv_serialized"}


def faults(source: str) -> list[str]:
    """What must not be in a source file, each with its line."""
    found: list[str] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [f"{node.lineno}: imports {a.name}" for a in node.names if a.name.split(".")[0] in BANNED_MODULES]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in BANNED_MODULES:
            found.append(f"{node.lineno}: imports from {node.module}")
        elif isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            if name in BANNED_CALLS or name.split(".")[-1] in BANNED_METHODS:
                found.append(f"{node.lineno}: calls {name}")
            for keyword in node.keywords:
                if keyword.arg == "shell" and not (
                    isinstance(keyword.value, ast.Constant) and keyword.value.value is False
                ):
                    found.append(f"{node.lineno}: {name} with a shell")
                if keyword.arg == "weights_only" and getattr(keyword.value, "value", None) is not True:
                    found.append(f"{node.lineno}: {name} may unpickle")
                if keyword.arg == "allow_pickle" and getattr(keyword.value, "value", None) is not False:
                    found.append(f"{node.lineno}: {name} may unpickle")
            if name == "torch.load" and not any(keyword.arg == "weights_only" for keyword in node.keywords):
                found.append(f"{node.lineno}: torch.load without weights_only")
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_source_is_clean(path: Path) -> None:
    assert faults(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "bad",
    [
        "import pickle",
        "from shelve import open",
        "import os\nos.system('ls')",
        "import subprocess\nsubprocess.run('ls', shell=True)",
        "subprocess.run(x, shell=flag)",
        "socket.recv_pyobj()",
        "eval(text)",
        "torch.load(path)",
        "torch.load(path, weights_only=False)",
        "np.load(path, allow_pickle=True)",
    ],
)
def test_the_check_sees(bad: str) -> None:
    assert len(faults(bad)) == 1
