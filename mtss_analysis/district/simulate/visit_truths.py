"""How visits, observers and teachers vary, whether or not anything is planted."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitNoise:
    """Walkthroughs: how many, by whom, and what makes two of them differ.

    An item is scored 2 where a normal variable is above zero and 1 where it is above ``-partial``. Its spread is made
    of the parts below and of ``1`` for the item itself, of which ``observer_error`` belongs to the observer and the
    rest to what was to be seen. The mean is set so that over teachers, observers and visits the share of 2 is exactly
    the truth's.

    Parameters
    ----------
    weeks_between_visits : float
        Mean weeks between two visits to a teacher in the last year. With 1.5, a school year of 36 weeks gives about 24
        visits to a teacher.
    weeks_between_earlier : float
        The same in the year before; earlier years have no walkthroughs.
    practice_seen : float
        Share of visits in which a given practice is to be seen and scored.
    items_per_practice : int
        Items of the form per practice.
    observers_per_school : int
        Observers who share a school's visits.
    double_scored : float
        Share of visits that a second observer scores, too, under a visit id of its own: same teacher, same day.
    never_observed : float
        Share of teachers who are never visited.
    not_scored : float
        Share of items left without a score.
    week_spread : float
        Coefficient of variation of a school's number of visits from week to week.
    untrained_share : float
        Share of full implementation before the training, and in the year before.
    trained_share : float
        Share of full implementation after the training, of practices that do not break down.
    teacher_sd, teacher_practice_sd, observer_sd, visit_sd : float
        Spread between teachers, between a teacher's practices, between observers (severity) and between visits to the
        same teacher, in units of the item's own standard deviation.
    observer_error : float
        Part of the item's variance that belongs to the observer: two observers of the same visit do not share it.
    partial : float
        Width of the band scored 1, in the same unit.
    """

    weeks_between_visits: float = 1.5
    weeks_between_earlier: float = 6.0
    practice_seen: float = 0.5
    items_per_practice: int = 2
    observers_per_school: int = 3
    double_scored: float = 0.08
    never_observed: float = 0.04
    not_scored: float = 0.02
    week_spread: float = 0.5
    untrained_share: float = 0.42
    trained_share: float = 0.72
    teacher_sd: float = 0.40
    teacher_practice_sd: float = 0.25
    observer_sd: float = 0.20
    visit_sd: float = 0.25
    observer_error: float = 0.20
    partial: float = 0.9

    @property
    def total_sd(self) -> float:
        """Standard deviation of everything together, in units of the item's own."""
        parts = (self.teacher_sd, self.teacher_practice_sd, self.observer_sd, self.visit_sd, 1.0)
        return float(sum(part**2 for part in parts) ** 0.5)
