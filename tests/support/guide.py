"""The files of docs/deployment, followed as they are written: only places and ports are this machine's."""

import os
import shlex
import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs/deployment"


@dataclass
class Machine:
    """Where the guide's paths are here, and what runs of its services."""

    folder: Path
    here: Mapping[str, str]
    running: ExitStack = field(default_factory=ExitStack)

    def filled(self, name: str) -> str:
        """A file of the guide with this machine's places."""
        text = (GUIDE / name).read_text(encoding="utf-8")
        for written, ours in sorted(self.here.items(), key=lambda pair: -len(pair[0])):
            text = text.replace(written, ours)
        return text

    def lay(self, name: str) -> Path:
        """Put a file of the guide where services and servers find it."""
        place = self.folder / name
        place.write_text(self.filled(name), encoding="utf-8")
        return place

    def service(self, name: str, instance: str = "") -> tuple[list[list[str]], dict[str, str]]:
        """The commands of a unit and the environment that it gives them."""
        lines = _pairs(self.filled(name).replace("%i", instance))
        own = {n: v for n, v in os.environ.items() if not n.startswith(("FUNIS_", "PG"))}
        for key, value in lines:
            if key == "EnvironmentFile":
                own |= dict(_pairs(self.filled(Path(value).name)))
        commands = [
            [_put_in(word, own) for word in shlex.split(value)]
            for key, value in lines
            if key == "ExecStart"
        ]
        return commands, own

    def once(self, name: str) -> str:
        """What a timer starts, each of its commands to the end; what they said."""
        commands, environment = self.service(name)
        return "".join(self.run(command, environment) for command in commands)

    def lims(self, *words: str) -> str:
        """A command of the owner, as the guide has it typed."""
        _, environment = self.service("funis-tidy.service")
        return self.run([f"{Path(sys.executable).parent}/lims", *words], environment)

    def run(self, command: list[str], environment: dict[str, str]) -> str:
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, (command, done.stdout[-1500:], done.stderr[-1500:])
        return done.stdout

    def start(self, name: str, instance: str = "") -> subprocess.Popen[bytes]:
        """A service, until the machine stops."""
        ((command,), environment) = self.service(name, instance)
        return self.keep(command, environment, f"{instance or name}.log")

    def keep(
        self, command: list[str], environment: dict[str, str], log: str
    ) -> subprocess.Popen[bytes]:
        with (self.folder / log).open("ab") as out:
            process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=out)
        self.running.callback(process.wait, 90)
        self.running.callback(process.terminate)
        return process


def _pairs(text: str) -> list[tuple[str, str]]:
    """What a unit or an environment file says, line by line."""
    lines = (line.split("=", 1) for line in text.splitlines() if "=" in line and line[0] != "#")
    return [(key, value) for key, value in lines]


def _put_in(word: str, environment: Mapping[str, str]) -> str:
    for name, value in environment.items():
        word = word.replace(f"${{{name}}}", value)
    return word
