"""Who runs a command reads it in their language."""

import pytest
from click.testing import CliRunner

from lims.cli import main


@pytest.mark.parametrize(
    ("variable", "language", "words"),
    [("LC_ALL", "zh_CN.UTF-8", "所有人的密码均为"), ("LANG", "zh_CN", "管理员"),
     ("LANG", "en_GB.UTF-8", "Everybody's password is"), ("LANG", "tlh", "Everybody's password")],
)  # fmt: skip
def test_a_command_speaks_the_language_of_the_shell(
    monkeypatch: pytest.MonkeyPatch, variable: str, language: str, words: str
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(variable, language)
    told = CliRunner().invoke(main, ["who", "http://127.0.0.1:8000"])
    assert words in told.output
    assert "http://127.0.0.1:8000" in told.output
