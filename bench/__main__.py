"""``make bench``, ``python -m bench [part ...]``: everything, or the named parts (``--help`` lists them)."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "functions")]  # the functions' own import root, as the template's CodeUri


def main() -> None:
    from bench import conformance, documents, images, imports, llm, painting, refusal, traces, training, trips
    from bench.admission import table
    from bench.capacity import table as capacity
    from bench.knowledge import table as knowledge
    from bench.narration import billing, cloud, merges, reading
    from bench.questions import guard
    from bench.questions import table as questions

    parts = {
        "billing": billing.run,
        "reading": reading.run,
        "merges": merges.run,
        "admission": table.run,
        "capacity": capacity.run,
        "images": images.run,
        "conformance": conformance.run,
        "trips": trips.run,
        "llm": llm.run,
        "documents": documents.run,
        "painting": painting.run,
        "refusal": refusal.run,
        "guard": guard.run,
        "questions": questions.run,
        "knowledge": knowledge.run,
        "training": training.run,
        "imports": imports.run,
        "traces": traces.run,
        "cloud": cloud.run,
    }
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[[], *parts], help="leave out for all of them")
    chosen = parser.parse_args().parts or list(parts)
    begun = time.monotonic()
    print("Compare the ratios: absolute figures belong to this machine and to what else it does.")
    for name in chosen:
        print(f"\n== {name} ==")
        parts[name]()
    print(f"\nDone in {time.monotonic() - begun:.0f} s.")


if __name__ == "__main__":
    main()
