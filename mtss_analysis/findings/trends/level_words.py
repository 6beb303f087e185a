"""How students score, in words: the mean, the percentile of the average student, and where it came from."""

from dataclasses import dataclass

from scipy.special import ndtr

from mtss_analysis.findings.school import count_units, name_time, say_students
from mtss_analysis.findings.settings import Indicator, Settings
from mtss_analysis.findings.trends.own import YearLevel, name_part
from mtss_analysis.show import format_estimate, format_school_year, format_signed, likely_between


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LevelWords:
    """The sentences on the scores of one indicator.

    Parameters
    ----------
    years : tuple of YearLevel
        All rows of the school.
    start : str
        From which year on years compare; empty: all do.
    """

    indicator: Indicator
    settings: Settings
    years: tuple[YearLevel, ...]
    start: str

    def title(self, last: YearLevel) -> str:
        """Name the indicator, with the grade where the number is not of all grades."""
        part = name_part(last, years=self.years)
        return ", ".join([self.indicator.label.capitalize(), *([part] if part else [])])

    def say_score(self, last: YearLevel) -> str:
        """Say the mean score and the population's; nothing where scores are on several scales."""
        if last.score is None:
            return ""
        low, high = last.score.ci_low, last.score.ci_high
        when = name_time(school_year=last.school_year, window=self.indicator.window)
        state = ""
        if last.state_score is not None:
            average = format_estimate(last.state_score, low=low, high=high)
            state = f"; the {self.settings.population}'s average was {average}"
        return (
            f"In {when}, {say_students(last.grades)} scored "
            f"{count_units(format_estimate(last.score.estimate, low=low, high=high), unit=self.indicator.unit)} on "
            f"average in {self.indicator.label} ({likely_between(low=low, high=high)}){state}."
        )

    def say_standing(self, last: YearLevel) -> str:
        """Say the percentile of the average student, with its likely range."""
        if last.standing is None:
            return ""
        when = name_time(school_year=last.school_year, window=self.indicator.window)
        low, high = as_percentile(last.standing.ci_low), as_percentile(last.standing.ci_high)
        of = name_part(last, years=self.years) or "all grades together"
        return (
            f"In {when}, the average student here stood near the {_name_percentile(last)} percentile of the "
            f"{self.settings.population} in {self.indicator.label}, {of} (likely between the "
            f"{write_ordinal(low)} and the {write_ordinal(high)})."
        )

    def say_place(self, last: YearLevel, *, opening: str = "The average student here") -> str:
        """Say the percentile of the average student, and the one of the first year that compares."""
        if last.standing is None:
            return ""
        who = f"{opening}{self._of_part(last)}"
        sentence = f"{who} stood near the {_name_percentile(last)} percentile of the {self.settings.population}"
        earlier = [
            year
            for year in self.years
            if year.trend_grade == last.trend_grade
            and self.start <= year.school_year < last.school_year
            and year.standing
        ]
        if not earlier:
            return sentence + "."
        when = name_time(school_year=earlier[0].school_year, window=self.indicator.window)
        return f"{sentence}, and near the {_name_percentile(earlier[0])} in {when}."

    def caption(self, last: YearLevel | None) -> str:
        """Say what the picture shows."""
        if last is None or last.standing is None:
            return f"Standing in {self.indicator.label}."
        low, high = last.standing.ci_low, last.standing.ci_high
        where = "above" if low > 0 else "below" if high < 0 else "not told apart from"
        return (
            f"In {format_school_year(last.school_year)} standing in {self.indicator.label}{self._of_part(last)} was "
            f"{where} the {self.settings.population}'s average: "
            f"{format_signed(last.standing.estimate, low=low, high=high)} standard deviations "
            f"({likely_between(low=low, high=high)})."
        )

    def _of_part(self, last: YearLevel) -> str:
        part = name_part(last, years=self.years)
        return f" of {part}" if part else ""


def as_percentile(standing: float) -> int:
    """Give the percentile of a standing, if scores follow a bell curve: 1 to 99."""
    return min(max(round(100 * float(ndtr(standing))), 1), 99)


def write_ordinal(number: int) -> str:
    """Write a number as a place: ``1st``, ``12th``."""
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _name_percentile(year: YearLevel) -> str:
    return write_ordinal(as_percentile(year.standing.estimate)) if year.standing else ""
