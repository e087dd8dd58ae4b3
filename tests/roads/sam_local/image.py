"""The image of Lambda's runtime for Python that SAM CLI builds its own on.

Where the registry answers it is pulled, under the name that SAM CLI has for it. Elsewhere it is made of this machine's
files: the interpreter that runs this, AWS's runtime client, a shell with the few commands that SAM's Dockerfile runs,
and every shared library that these, and the built layers, are linked with.
"""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
from collections.abc import Iterable
from pathlib import Path

from local.cloud.workers.unpacked import Unpacked
from tests.roads.builds import SAM
from tests.roads.sam_local.daemon import Daemon

OWN = "millrace-lambda-runtime"
PULL_SECONDS = 300
TOOLS = ("sh", "mv", "cp", "rm", "chmod")
LOOKED_UP = ("libnss_files.so.2", "libnss_dns.so.2", "libresolv.so.2")
"""What the C library loads by name when it looks up a host."""
LEFT_OUT = {"test", "idlelib", "tkinter", "turtledemo", "ensurepip", "site-packages", "dist-packages", "__pycache__"}
VERSION = f"{sys.version_info[0]}.{sys.version_info[1]}"
LANG = "/var/lang"

NAME = """
import sys
from samcli.local.docker.lambda_image import LambdaImage, Runtime
print(LambdaImage._INVOKE_REPO_PREFIX + "/" + Runtime.get_image_name_tag(*sys.argv[1:]))
"""
"""Run by SAM CLI's interpreter: runtime and architecture -> the image that it takes for them."""

BOOTSTRAP = f"""#!/bin/sh
export AWS_EXECUTION_ENV=AWS_Lambda_python{VERSION}
exec {LANG}/bin/python{VERSION} -I -S /var/runtime/bootstrap.py
"""
STARTER = f"""
import os, sys
# As on Lambda: the function, then its layers, then what the runtime brings.
task = os.environ.get("LAMBDA_TASK_ROOT", "/var/task")
places = [task, "/opt/python", "/opt/python/lib/python{VERSION}/site-packages", "/var/runtime"]
sys.path[:0] = [place for place in places if os.path.isdir(place)]
os.environ["PATH"] = "/opt/bin:" + os.environ.get("PATH", "")
from awslambdaric.__main__ import main
main([task, os.environ["_HANDLER"]])
"""
TEXTS = {
    "var/runtime/bootstrap": BOOTSTRAP,
    "var/runtime/bootstrap.py": STARTER,
    "lambda-entrypoint.sh": '#!/bin/sh\nexport _HANDLER="$1"\nexec /var/runtime/bootstrap\n',
    "etc/passwd": "root:x:0:0::/root:/bin/sh\nsbx_user1051:x:993:990::/tmp:/bin/sh\n",
    "etc/group": "root:x:0:\nsbx_user1051:x:990:\n",
    "etc/nsswitch.conf": "hosts: files dns\n",
}
SETTINGS = {
    "LANG": "en_US.UTF-8",
    "TZ": ":UTC",
    "PATH": f"{LANG}/bin:/usr/local/bin:/usr/bin:/bin:/opt/bin",
    "LD_LIBRARY_PATH": f"{LANG}/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib",
    "LAMBDA_TASK_ROOT": "/var/task",
    "LAMBDA_RUNTIME_DIR": "/var/runtime",
}


def of(daemon: Daemon, architecture: str, layers: Path) -> list[str]:
    """Options for `sam local invoke`: none where SAM's own image is there, else the one that was made here.

    `layers`: a folder whose shared libraries are to be loadable.
    """
    name = _sams_name(architecture)
    if daemon.docker("image", "inspect", name).returncode == 0 or _pulled(daemon, name):
        return ["--skip-pull-image"]
    _make(daemon, layers)
    return ["--skip-pull-image", "--invoke-image", f"{OWN}:{VERSION}"]


def _sams_name(architecture: str) -> str:
    command = [str(SAM.with_name("python")), "-c", NAME, f"python{VERSION}", architecture]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def _pulled(daemon: Daemon, name: str) -> bool:
    try:
        return daemon.docker("pull", "--quiet", name, timeout=PULL_SECONDS).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def _make(daemon: Daemon, layers: Path) -> None:
    """Raises RuntimeError with what Docker says."""
    with tempfile.TemporaryFile() as archive, tempfile.TemporaryDirectory() as folder:
        with tarfile.open(fileobj=archive, mode="w", dereference=True) as image:
            _fill(image, Unpacked(Path(folder)).runtime(), layers)
        archive.seek(0)
        changes = [f"ENV {' '.join(f'{name}={value}' for name, value in SETTINGS.items())}", "WORKDIR /var/task"]
        changes.append('ENTRYPOINT ["/lambda-entrypoint.sh"]')
        words = [word for change in changes for word in ("--change", change)]
        done = daemon.docker("import", *words, "-", f"{OWN}:{VERSION}", stdin=archive)
    if done.returncode != 0:
        raise RuntimeError(f"docker import failed: {done.stderr.decode(errors='replace')}")


def _fill(image: tarfile.TarFile, runtime: Path, layers: Path) -> None:
    interpreter = Path(sys.executable).resolve()
    stdlib = Path(sysconfig.get_path("stdlib"))
    tools = [Path(path).resolve() for name in TOOLS if (path := shutil.which(name))]
    linked = [interpreter, *tools, *_libraries(stdlib), *_libraries(runtime), *_libraries(layers)]
    for folder in ("tmp", "proc", "dev", "sys", "root", "opt", "var/task", "var/rapid", "usr/local/bin"):
        _folder(image, folder)
    image.add(interpreter, f"{LANG}/bin/python{VERSION}")
    image.add(stdlib, f"{LANG}/lib/python{VERSION}", filter=_wanted)
    image.add(runtime, "var/runtime")
    for name, tool in zip(TOOLS, tools, strict=True):
        image.add(tool, f"bin/{name}")
    for library in _needed(linked):
        image.add(library, str(library))
    for place in ("/etc/ssl", "/usr/share/zoneinfo"):
        if Path(place).is_dir():
            image.add(place, place)
    for path, text in TEXTS.items():
        _text(image, path, text)


def _wanted(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    parts = Path(entry.name).parts
    # The fourth part is the first below the standard library.
    if LEFT_OUT & set(parts[4:5]) or "__pycache__" in parts or entry.name.endswith(".a") or "_tkinter" in entry.name:
        return None
    return entry


def _folder(image: tarfile.TarFile, path: str) -> None:
    entry = tarfile.TarInfo(path)
    entry.type, entry.mode = tarfile.DIRTYPE, 0o1777 if path == "tmp" else 0o755
    image.addfile(entry)


def _text(image: tarfile.TarFile, path: str, text: str) -> None:
    entry = tarfile.TarInfo(path)
    entry.size, entry.mode = len(text.encode()), 0o755 if text.startswith("#!") else 0o644
    image.addfile(entry, io.BytesIO(text.encode()))


def _libraries(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*.so*") if path.is_file() and not LEFT_OUT & set(path.parts)]


def _needed(files: Iterable[Path]) -> set[Path]:
    """This machine's shared libraries that the files are linked with, the loader included, under their own paths."""
    ldd = shutil.which("ldd") or "/usr/bin/ldd"
    listed = "".join(
        subprocess.run([ldd, str(path)], capture_output=True, text=True, check=False).stdout for path in files
    )
    known = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True, check=False).stdout
    paths = set(re.findall(r"(?:=> |^\s+)(/\S+)", listed, re.MULTILINE))
    paths |= {
        path
        for name in LOOKED_UP
        for path in re.findall(rf"^\s+{re.escape(name)} .*=> (\S+)$", known, re.MULTILINE)[:1]
    }
    return {Path(path) for path in paths if Path(path).exists() and ".aws-sam" not in path}
