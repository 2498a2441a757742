"""Which After Effects are here, from folders as they lie on Windows and macOS."""

from __future__ import annotations

import contextlib
import plistlib
import sys
import types
from pathlib import Path

import pytest

from mattewire_server.cli.hosts_found import check_after_effects
from mattewire_server.hosts import aftereffects, aftereffects_debug
from mattewire_server.hosts.aftereffects_found import Found, after_effects_here


@pytest.fixture
def mac(tmp_path: Path) -> Path:
    for year in ("2022", "2024", "2026"):
        name = f"Adobe After Effects {year}"
        (tmp_path / "root" / "Applications" / name / f"{name}.app").mkdir(parents=True)
    (tmp_path / "root" / "Applications" / "Adobe Premiere Pro 2024").mkdir()
    return tmp_path


def test_versions_and_their_cep(mac: Path) -> None:
    found = after_effects_here(mac / "home", "darwin", {}, mac / "root")
    assert [(each.version, each.csxs, each.unsigned) for each in found] == [
        (22, 11, False),
        (24, 11, False),
        (26, 12, False),
    ]


@pytest.mark.parametrize(("value", "unsigned"), [("1", True), (1, True), (True, True), ("0", False)])
def test_whether_unsigned_panels_are_loaded(mac: Path, value: object, unsigned: bool) -> None:
    there = mac / "home" / "Library" / "Preferences" / "com.adobe.CSXS.12.plist"
    there.parent.mkdir(parents=True)
    there.write_bytes(plistlib.dumps({"PlayerDebugMode": value}))
    told = {each.version: each.unsigned for each in after_effects_here(mac / "home", "darwin", {}, mac / "root")}
    assert told == {22: False, 24: False, 26: unsigned}


def test_a_broken_preference_says_nothing(mac: Path) -> None:
    there = mac / "home" / "Library" / "Preferences" / "com.adobe.CSXS.12.plist"
    there.parent.mkdir(parents=True)
    there.write_bytes(b"no plist")
    assert after_effects_here(mac / "home", "darwin", {}, mac / "root")[-1].unsigned is None


def test_the_application_says_its_version(mac: Path) -> None:
    facts = mac / "root" / "Applications" / "Adobe After Effects 2026" / "Adobe After Effects 2026.app" / "Contents"
    facts.mkdir()
    (facts / "Info.plist").write_bytes(plistlib.dumps({"CFBundleShortVersionString": "26.1"}))
    assert [each.name for each in after_effects_here(mac / "home", "darwin", {}, mac / "root")] == [
        *("2022 (CEP 11)", "2024 (CEP 11)", "2026 (26.1, CEP 12)"),
    ]
    (facts / "Info.plist").write_bytes(b"no plist")
    assert after_effects_here(mac / "home", "darwin", {}, mac / "root")[-1].exact == ""


@pytest.mark.parametrize("below", ["", "CEP/extensions"])
def test_windows_and_a_folder_of_its_own(tmp_path: Path, below: str) -> None:
    for year in ("2025", "2026"):
        inside = tmp_path / "Adobe" / f"Adobe After Effects {year}" / "Support Files"
        inside.mkdir(parents=True)
        (inside / "Plug-ins").mkdir()
    known = {"PROGRAMFILES": str(tmp_path)}
    assert [each.own_extensions for each in after_effects_here(tmp_path, "win32", known)] == [None, None]
    for year in ("2025", "2026"):
        inside = tmp_path / "Adobe" / f"Adobe After Effects {year}" / "Support Files"
        (inside / below / "com.adobe.other" / "CSXS").mkdir(parents=True)
        (inside / below / "com.adobe.other" / "CSXS" / "manifest.xml").write_text("<x/>")
    old, new = after_effects_here(tmp_path, "win32", known)
    assert (new.version, new.csxs, new.unsigned) == (26, 12, None), "there is no registry here"
    assert old.own_extensions is None, "nobody says that of this one"
    assert new.own_extensions == inside / below


class Registry(types.ModuleType):
    """``winreg`` with one value."""

    HKEY_CURRENT_USER = "HKCU"

    def __init__(self, key: str, value: object) -> None:
        super().__init__("winreg")
        self.key, self.value = key, value

    def OpenKey(self, above: str, key: str) -> contextlib.nullcontext[str]:  # noqa: N802
        if (above, key) != (self.HKEY_CURRENT_USER, self.key):
            raise FileNotFoundError(key)
        return contextlib.nullcontext(key)

    def QueryValueEx(self, key: str, name: str) -> tuple[object, int]:  # noqa: N802
        if name != "PlayerDebugMode":
            raise FileNotFoundError(name)
        return self.value, 1


@pytest.mark.parametrize(("value", "unsigned"), [("1", True), ("0", False), (1, False)])
def test_the_registry_of_windows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: object, unsigned: bool
) -> None:
    for year in ("2024", "2025"):
        (tmp_path / "Adobe" / f"Adobe After Effects {year}").mkdir(parents=True)
    monkeypatch.setitem(sys.modules, "winreg", Registry("Software\\Adobe\\CSXS.12", value))
    found = after_effects_here(tmp_path, "win32", {"PROGRAMFILES": str(tmp_path)})
    assert [(each.version, each.unsigned) for each in found] == [(24, False), (25, unsigned)]


def test_none_is_no_finding(tmp_path: Path) -> None:
    assert after_effects_here(tmp_path, "darwin", {}, tmp_path) == []
    assert after_effects_here(tmp_path, "linux") == []
    assert check_after_effects([]) == []


def told(found: list[Found]) -> str:
    return "\n".join(f"{each.state}: {each.what} {each.cure}" for each in check_after_effects(found))


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(aftereffects, "extensions_folder", lambda home, everybody: tmp_path / str(everybody))
    built = tmp_path / "built"
    built.mkdir()
    (built / "panel.js").write_text("panel")
    monkeypatch.setattr(aftereffects, "extension", lambda: built)
    return tmp_path


def test_what_doctor_says(place: Path) -> None:
    there = Found(Path("AE 2024"), 24, 11, True)
    assert told([Found(Path("AE 2022"), 22, 11, False)]).startswith("note: 2022 (CEP 11); the panel needs 2023")
    assert "not installed. Run: mattewire install-host ae" in told([there])
    for change in aftereffects.installing(place / "False", place / "built"):
        change.path.parent.mkdir(parents=True, exist_ok=True)
        change.path.write_bytes(change.after or b"")
    assert told([there]) == "fine: 2024 (CEP 11); the panel is up to date. "
    (place / "built" / "panel.js").write_text("newer")
    assert "the installed panel is old" in told([there])


def test_doctor_explains_debug_mode_and_the_other_folder(place: Path) -> None:
    for change in aftereffects.installing(place / "False", place / "built"):
        change.path.parent.mkdir(parents=True, exist_ok=True)
        change.path.write_bytes(change.after or b"")
    own = place / "Support Files"
    says = told([Found(Path("AE 2026"), 26, 12, False, own)])
    assert "CEP 12 loads signed panels only" in says
    assert aftereffects_debug.commands()[1] in says
    assert "Mattewire's is missing there. An unconfirmed report" in says
    assert f'mattewire install-host ae --extensions "{own}"' in says
    for change in aftereffects.installing(own, place / "built"):
        change.path.parent.mkdir(parents=True, exist_ok=True)
        change.path.write_bytes(change.after or b"")
    assert "Mattewire's is one of them" in told([Found(Path("AE 2026"), 26, 12, True, own)])
