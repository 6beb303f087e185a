"""How much is drawn: students, schools, districts, years, and the seed."""

from dataclasses import dataclass

from mtss_analysis.errors import ParameterError

ZONE_SCHOOLS = 12
"""Schools of one attendance zone at most: students move between its schools, and not out of it."""

LARGEST_CLASS = 22


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """Sizes of a simulation.

    Parameters
    ----------
    students : int
        Students enrolled at one time, all districts together; what is drawn comes close to it.
    schools : int
        Schools, all districts together.
    districts : int
        Districts; each becomes a folder of its own where there are several.
    years : int
        School years, one or more.
    seed : int
        Seed of all random streams, 0 or more.
    first_year : int
        Calendar year in which the first school year begins.
    """

    students: int = 6000
    schools: int = 12
    districts: int = 1
    years: int = 3
    seed: int = 20260801
    first_year: int = 2023

    def __post_init__(self) -> None:
        for name in ("students", "schools", "districts", "years"):
            if getattr(self, name) < 1:
                raise ParameterError(f"{name} is {getattr(self, name)}", next_step="Ask for 1 or more")
        if self.seed < 0:
            raise ParameterError(f"The seed is {self.seed}", next_step="Choose 0 or a positive whole number")
        if self.schools < self.districts:
            raise ParameterError(
                f"{self.schools} schools cannot make {self.districts} districts",
                next_step="Ask for at least as many schools as districts",
            )
        if self.students < 12 * self.schools:
            raise ParameterError(
                f"{self.students} students are too few for {self.schools} schools",
                next_step="Ask for at least 12 students a school",
            )

    @property
    def school_years(self) -> tuple[str, ...]:
        """School years as the tables write them, the oldest first."""
        firsts = range(self.first_year, self.first_year + self.years)
        return tuple(f"{first}-{(first + 1) % 100:02d}" for first in firsts)

    def schools_of(self, district: int) -> int:
        """Count the schools of a district, by its position from 0."""
        return self.schools // self.districts + (district < self.schools % self.districts)

    def zones_of(self, district: int) -> tuple[int, ...]:
        """Count the schools of each attendance zone of a district; zones differ by one school at most."""
        schools = self.schools_of(district)
        zones = -(-schools // ZONE_SCHOOLS)
        return tuple(schools // zones + (zone < schools % zones) for zone in range(zones))

    def students_of(self, *, schools: int) -> int:
        """Number of students that so many schools are to have at one time."""
        return round(self.students * schools / self.schools)
