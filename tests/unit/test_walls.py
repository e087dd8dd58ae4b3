"""Who may import whom: handlers -> their pipeline -> services -> common; and nothing knows where it runs."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FUNCTIONS = ROOT / "functions"
PACKAGES = {folder.name for folder in FUNCTIONS.iterdir() if (folder / "__init__.py").exists()}
SHARED = ("common", "services")
OUTSIDE = {"local", "operate", "bench", "console", "tests", "functions", "moto", "ministack"}
MODULES = sorted(path.relative_to(FUNCTIONS).as_posix() for path in FUNCTIONS.rglob("*.py"))
MOST_MODULES = 15
MOST_HANDLER_LINES = 90


def imported(source: str) -> Iterator[str]:
    """The dotted name of every absolute import, late ones and those for types included."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute: narration.handlers.plan, never .plan"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def trespasses(package: str, source: str) -> set[str]:
    """Imports that a module of ``package`` must not have: other pipelines, handlers, and whatever is never deployed."""
    allowed = {"common": {"common"}, "services": {"services", "common"}}.get(package, {package, *SHARED})
    found = set()
    for name in imported(source):
        top, _, rest = name.partition(".")
        if top in OUTSIDE or (top in PACKAGES and top not in allowed) or (top in PACKAGES and "handlers" in rest):
            found.add(name)
    return found


@pytest.mark.parametrize("module", MODULES)
def test_a_module_stays_within_its_walls(module: str):
    assert trespasses(module.partition("/")[0], (FUNCTIONS / module).read_text()) == set()


@pytest.mark.parametrize(
    "module", sorted((ROOT / "local").rglob("*.py")), ids=lambda path: path.relative_to(ROOT).as_posix()
)
def test_the_local_cloud_finds_no_code_of_functions_on_its_path(module: Path):
    """They run in processes of their own; whoever wants to know what they keep asks the stack as AWS would be asked."""
    assert {name for name in imported(module.read_text()) if name.partition(".")[0] in PACKAGES} == set()


def test_every_pipeline_is_looked_at():
    assert {"common", "services", "documents", "images", "llm", "narration", "trips"} <= PACKAGES
    assert {module.partition("/")[0] for module in MODULES} == PACKAGES


@pytest.mark.parametrize(
    ("package", "source", "found"),
    [
        ("trips", "import local.demo", {"local.demo"}),
        ("trips", "import operate", {"operate"}),
        ("trips", "from narration.publishing import keys", {"narration.publishing.keys"}),
        ("trips", "def f():\n    from tests import x", {"tests.x"}),
        ("trips", "from functions.trips import clean", {"functions.trips.clean"}),
        ("trips", "from trips.handlers import clean", {"trips.handlers.clean"}),
        ("services", "from trips.cleaning import rows", {"trips.cleaning.rows"}),
        ("common", "from services import comprehend", {"services.comprehend"}),
        ("trips", "from services import comprehend\nfrom common import aws\nfrom trips.cleaning import rows", set()),
    ],
)
def test_a_trespass_is_seen(package: str, source: str, found: set[str]):
    assert trespasses(package, source) == found


def graph(folder: Path, prefix: str) -> dict[str, set[str]]:
    """Module -> modules of the same folder that it imports at its top level; late imports make no circle."""
    names = {
        ".".join([*([prefix] if prefix else []), *path.relative_to(folder).with_suffix("").parts]): path
        for path in folder.rglob("*.py")
    }
    found: dict[str, set[str]] = {}
    for name, path in names.items():
        body = ast.parse(path.read_text()).body
        top = "\n".join(ast.unparse(node) for node in body if isinstance(node, ast.Import | ast.ImportFrom))
        wanted = {one for each in imported(top) for one in (each, each.rpartition(".")[0])}
        found[name] = (wanted & names.keys()) - {name}
    return found


def circle(edges: dict[str, set[str]]) -> list[str]:
    """One circle of imports, empty where there is none."""
    done: set[str] = set()

    def walk(name: str, path: list[str]) -> list[str]:
        if name in path:
            return [*path[path.index(name) :], name]
        if name in done:
            return []
        for other in sorted(edges.get(name, ())):
            if found := walk(other, [*path, name]):
                return found
        done.add(name)
        return []

    return next((found for name in sorted(edges) if (found := walk(name, []))), [])


def rooms(edges: dict[str, set[str]]) -> dict[str, set[str]]:
    """The same arrows between packages: two rooms that need each other are one."""
    found: dict[str, set[str]] = {}
    for name, others in edges.items():
        room = name.rpartition(".")[0]
        found.setdefault(room, set()).update(other.rpartition(".")[0] for other in others)
    return {room: {other for other in others if other != room} for room, others in found.items()}


@pytest.mark.parametrize("folder", ["functions", "local", "operate", "bench"])
def test_no_module_imports_itself_by_way_of_others(folder: str):
    assert circle(graph(ROOT / folder, "" if folder == "functions" else folder)) == []


def test_no_room_of_a_pipeline_needs_one_that_needs_it():
    """Nouns and errors on a pipeline's top floor are everybody's; its rooms have an order."""
    edges = rooms(graph(FUNCTIONS, ""))
    inner = {room: {o for o in others if "." in o} for room, others in edges.items() if "." in room}
    assert circle({room: others for room, others in inner.items() if not room.endswith("handlers")}) == []


def test_a_circle_is_seen():
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == ["a", "b", "c", "a"]
    assert circle({"a": {"b"}, "b": set()}) == []


def packages() -> list[Path]:
    tops = (FUNCTIONS, ROOT / "local", ROOT / "operate", ROOT / "bench")
    return sorted(path.parent for top in tops for path in top.rglob("__init__.py"))


@pytest.mark.parametrize("package", packages(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_package_has_few_rooms_and_a_true_map(package: Path):
    """The docstring of ``__init__`` is the package's map: a line ``name: what it is`` per module and package in it."""
    there = {path.stem for path in package.glob("*.py")} - {"__init__", "__main__"}
    assert len(there) <= MOST_MODULES
    there |= {path.parent.name for path in package.glob("*/__init__.py")}
    text = ast.get_docstring(ast.parse((package / "__init__.py").read_text())) or ""
    rows = [line.partition(":")[0] for line in text.splitlines() if line.partition(":")[0].isidentifier()]
    named = [name for name in rows if name.islower()]
    assert sorted(named) == sorted(there)


@pytest.mark.parametrize("module", [module for module in MODULES if "/handlers/" in module])
def test_a_handler_is_short(module: str):
    lines = (FUNCTIONS / module).read_text().splitlines()
    assert len(lines) <= MOST_HANDLER_LINES
