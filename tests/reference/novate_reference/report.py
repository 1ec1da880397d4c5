"""What the checks print: progress, figures and failures."""

import sys
import time


class Report:
    """Collects the figures and the failures of one check."""

    def __init__(self, name: str):
        self.name = name
        self.failures: list[str] = []
        self.started = time.monotonic()
        self._last = self.started
        print(f"-- {name}", flush=True)

    def figure(self, text: str) -> None:
        """Prints a figure that was seen."""
        print(f"   {text}", flush=True)

    def progress(self, done: int, of: int) -> None:
        """Prints how far the check is, now and then."""
        now = time.monotonic()
        if now - self._last >= 5 and done < of:
            self._last = now
            print(f"   {done} of {of}", flush=True)

    def fail(self, text: str) -> None:
        """Notes a failure; prints the first ten."""
        self.failures.append(text)
        if len(self.failures) <= 10:
            print(f"   FAILED {text}", file=sys.stderr, flush=True)

    def check(self, ok: bool, text: str) -> None:
        """Fails with the text unless ok."""
        if not ok:
            self.fail(text)

    def close(self) -> bool:
        """Prints the outcome; true if nothing failed."""
        took = time.monotonic() - self.started
        outcome = "ok" if not self.failures else f"{len(self.failures)} FAILED"
        print(f"-- {self.name}: {outcome} in {took:.0f} s", flush=True)
        return not self.failures


def worst(errors: list[float]) -> str:
    """Greatest and 99.9th percentile of errors."""
    ordered = sorted(errors)
    return f"max {ordered[-1]:.2e}, 99.9 % below {ordered[int(0.999 * (len(ordered) - 1))]:.2e}"
