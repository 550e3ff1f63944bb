"""Runs the tool under test: as a process, through a batch driver, or as the Python stub.

`ANNCAT` is the command (default: `deno run -A <repository>/cli.ts`). `ANNCAT_BATCH` is the command
of a driver that reads JSON lines `{"args": [...]}` and answers each with `{"exit": 0, "stderr": ""}`.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

REPOSITORY = Path(__file__).resolve().parents[2]
SECONDS_PER_RUN = 120


@dataclass(frozen=True)
class Outcome:
    exit: int
    stderr: str


class Tool(Protocol):
    def run(self, args: list[str]) -> Outcome: ...

    def close(self) -> None: ...


class ProcessTool:
    """One process a run."""

    def __init__(self, command: list[str]) -> None:
        self.command = command

    def run(self, args: list[str]) -> Outcome:
        try:
            done = subprocess.run(
                [*self.command, *args], capture_output=True, text=True, errors="replace", timeout=SECONDS_PER_RUN
            )
        except subprocess.TimeoutExpired:
            return Outcome(-1, f"no end after {SECONDS_PER_RUN} s")
        return Outcome(done.returncode, done.stderr)

    def close(self) -> None:
        pass


class BatchTool:
    """Many runs in one driver process, which is started again when it dies or hangs."""

    def __init__(self, command: list[str]) -> None:
        self.command = command
        self.driver: subprocess.Popen | None = None

    def run(self, args: list[str]) -> Outcome:
        driver = self._started()
        watchdog = threading.Timer(SECONDS_PER_RUN, driver.kill)
        watchdog.start()
        try:
            driver.stdin.write(json.dumps({"args": args}) + "\n")
            driver.stdin.flush()
            answer = driver.stdout.readline()
        except BrokenPipeError:
            answer = ""
        finally:
            watchdog.cancel()
        if not answer:
            code = driver.wait()
            self.driver = None
            return Outcome(-1, f"the batch driver ended ({code}) or was stopped after {SECONDS_PER_RUN} s")
        return Outcome(**json.loads(answer))

    def close(self) -> None:
        if self.driver is not None:
            self.driver.stdin.close()
            self.driver.wait()
            self.driver = None

    def _started(self) -> subprocess.Popen:
        if self.driver is None:
            self.driver = subprocess.Popen(
                self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY
            )
        return self.driver


def open_tool() -> Tool:
    batch = os.environ.get("ANNCAT_BATCH")
    if batch:
        return BatchTool(shlex.split(batch))
    default = f"deno run -A {shlex.quote(str(REPOSITORY / 'cli.ts'))}"
    return ProcessTool(shlex.split(os.environ.get("ANNCAT", default)))
