"""The ways to set the kit up agree with one another and name no registry."""

import re
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
CONDA_NAMES = {"matplotlib-base": "matplotlib", "jupyter_client": "jupyter-client"}
ONLY_IN_CONDA = {"python", "quarto", "pip"}


def read_requirement(text: str) -> tuple[str, str]:
    """Split a requirement into its name and its bounds."""
    found = re.fullmatch(r"([A-Za-z0-9_-]+)\s*(.*)", text.strip())
    assert found is not None, text
    return found[1], found[2].replace(" ", "")


def read_project() -> dict[str, object]:
    """Read the project's table of pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_environment_file_equals_project() -> None:
    """environment.yml must ask for the same packages with the same bounds as pyproject.toml, and for Quarto."""
    project = read_project()
    wanted = dict(
        read_requirement(text) for text in [*project["dependencies"], *project["optional-dependencies"]["lab"]]
    )
    listed = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    conda = dict(read_requirement(text) for text in listed if isinstance(text, str))
    by_pip = next(entry["pip"] for entry in listed if isinstance(entry, dict))
    found = {CONDA_NAMES.get(name, name): bounds for name, bounds in conda.items() if name not in ONLY_IN_CONDA}
    found |= dict(read_requirement(text) for text in by_pip if not text.startswith("--"))
    assert found == wanted
    assert "quarto" in conda
    assert conda["python"] == project["requires-python"]


def test_lock_holds_every_requirement_hashed_and_no_address() -> None:
    """requirements.lock must pin every declared package with hashes and hold no registry address."""
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pinned = set(re.findall(r"^([a-z0-9._-]+)==", lock, re.MULTILINE))
    project = read_project()
    declared = [
        *project["dependencies"],
        *(text for extra in project["optional-dependencies"].values() for text in extra),
    ]
    assert {read_requirement(text)[0] for text in declared} <= pinned
    assert "://" not in lock
    assert "--index-url" not in lock
    assert len(re.findall(r"--hash=sha256:", lock)) > len(pinned)
