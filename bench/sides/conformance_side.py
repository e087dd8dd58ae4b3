"""One file of ``bench.conformance`` in a process of its own: ``... conformance_side ORIGINAL RESULT MEMORY_MB``.

Writes the result, 64 x 48 colours as PNG, to RESULT. Prints what came of it (``image`` or the refusal), CPU
milliseconds and the peak memory in MB beyond what the interpreter with Pillow takes, as JSON.
"""

import json
import resource
import sys
import time
from pathlib import Path

from bench.sides import peak

FUNCTIONS = str(Path(__file__).resolve().parents[2] / "functions")


def main(original: str, result: str, memory: str) -> None:
    limit = int(memory) * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    sys.path.insert(0, FUNCTIONS)
    from images.errors import ImageRefused
    from images.model import Profile
    from images.transform.image import transform

    profile = Profile("conformance", 64, 48, mode="rgb", format="png")
    data = Path(original).read_bytes()
    import PIL.Image

    PIL.Image.preinit()
    before = peak.megabytes()
    milliseconds, outcome = [], "image"
    for _ in range(2):
        begun = time.process_time()
        try:
            Path(result).write_bytes(transform(data, profile).body)
        except ImageRefused as error:
            outcome = f"{error.status} {type(error).__name__}"
        milliseconds.append((time.process_time() - begun) * 1000)
    figures = {"result": outcome, "milliseconds": min(milliseconds), "megabytes": peak.megabytes() - before}
    print(json.dumps(figures))


if __name__ == "__main__":
    main(*sys.argv[1:])
