"""The doors to the risk engine: its example binaries, one process a question."""

import json
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
EXAMPLES = Path(os.environ.get("NOVATE_EXAMPLES", TARGET / "release" / "examples"))
FAILURES = ROOT / "target" / "reference" / "failures"
PROCESSES = max(2, os.cpu_count() or 2)


class Refused(Exception):
    """The engine refused its input; the message is what it said."""


def margin(portfolio: dict) -> dict:
    """The engine's answer to a portfolio in the form of docs/PORTFOLIO_JSON.md.

    Raises Refused for what the engine refuses.
    """
    done = subprocess.run(
        [EXAMPLES / "margin"], input=json.dumps(portfolio), capture_output=True, text=True, timeout=60, check=False
    )
    if done.returncode != 0:
        raise Refused(f"exit status {done.returncode}: {(done.stderr or done.stdout).strip()}")
    return json.loads(done.stdout)


def margins(portfolios: list[dict], progress) -> list:
    """The answers to many portfolios, in their order; a refusal stands as the Refused itself."""

    def ask(portfolio):
        try:
            return margin(portfolio)
        except Refused as refusal:
            return refusal

    answers = []
    with ThreadPoolExecutor(PROCESSES) as pool:
        for answer in pool.map(ask, portfolios):
            answers.append(answer)
            progress(len(answers), len(portfolios))
    return answers


def price(points: list[tuple[int, int, int, int, int]]) -> list:
    """Prices of (forward, strike, vol, seconds, discount), all raw integers of the engine.

    A price is (value, delta, gamma, vega, theta), raw integers; an error is the engine's message.
    """
    question = "".join(" ".join(map(str, point)) + "\n" for point in points)
    done = subprocess.run([EXAMPLES / "price"], input=question, capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    if len(lines) != len(points):
        raise RuntimeError(f"asked for {len(points)} prices, got {len(lines)}")
    return [line if line.startswith("error") else tuple(map(int, line.split())) for line in lines]


def keep_failure(name: str, portfolio: dict, answer, reference, why: list[str]) -> Path:
    """Writes what is needed to see a failure again and returns where."""
    FAILURES.mkdir(parents=True, exist_ok=True)
    path = FAILURES / f"{name}.json"
    path.write_text(json.dumps(portfolio, indent=1))
    said = answer if isinstance(answer, dict) else str(answer)
    (FAILURES / f"{name}.report.json").write_text(
        json.dumps({"why": why, "engine": said, "reference": reference}, indent=1)
    )
    return path
