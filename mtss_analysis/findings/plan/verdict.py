"""An answer to one of the seven questions, and what it scores."""

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["yes", "partly", "no", "cannot tell"]
SCORES: dict[str, float] = {"yes": 1.0, "partly": 0.5, "cannot tell": 0.5, "no": 0.0}
"""What an answer scores, a convention of this kit; what cannot be told lies half-way, and its bounds are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer with its evidence.

    Parameters
    ----------
    verdict : {'yes', 'partly', 'no', 'cannot tell'}
        The answer.
    said : str
        Its evidence, in one or two sentences.
    source : {'data', 'plan'}
        Whether the data answer it, or what the plan states.
    """

    verdict: Verdict
    said: str
    source: Literal["data", "plan"]

    @property
    def score(self) -> float:
        """What it scores, 0 to 1."""
        return SCORES[self.verdict]

    @property
    def bounds(self) -> tuple[float, float]:
        """Lowest and highest score that it can have: 0 and 1 where it cannot be told."""
        return (0.0, 1.0) if self.verdict == "cannot tell" else (self.score, self.score)
