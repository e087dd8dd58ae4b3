"""Lambda: code that stands in a template.

AWS: CloudFormation puts the text of ZipFile into a file named index, and beside it the module cfn-response
(``cfnresponse`` in Python) where the text has ``import cfnresponse``, which sends the answer of a custom resource
(CloudFormation Template Reference, "AWS::Lambda::Function Code" and "cfn-response module").
MiniStack: names the file after the handler, and knows no such module.

The module for Node.js is not made: functions run in Python here.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

from local.cloud.workers import unpacked
from local.gaps import _seams

LEANS_ON = {"services.cloudformation.provisioners._zip_inline": "(source, handler, runtime='python3.12')"}

_MODULE = Path(__file__).with_name("_cfnresponse.py")
# "If you use other variants of the import statement, CloudFormation doesn't include the response module."
_IMPORT = re.compile(r"^\s*import cfnresponse\b", re.MULTILINE)


def archive(source: str, runtime: str) -> bytes:
    """The package that CloudFormation makes of `source`; the same text gives the same bytes."""
    buffer = io.BytesIO()
    python = not runtime.startswith("nodejs")
    with zipfile.ZipFile(buffer, "w") as made:
        unpacked.write(made, "index.py" if python else "index.js", source.encode())
        if python and _IMPORT.search(source):
            unpacked.write(made, "cfnresponse.py", _MODULE.read_bytes())
    return buffer.getvalue()


def _as_index(_: Callable[..., bytes | None]) -> Callable[..., bytes | None]:
    def zip_inline(source: str | None, handler: str, runtime: str = "python3.12") -> bytes | None:  # noqa: ARG001
        return archive(source, runtime) if source else None

    return zip_inline


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.cloudformation.provisioners._zip_inline", _as_index)
