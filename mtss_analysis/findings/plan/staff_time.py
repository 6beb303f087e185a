"""Do the staff of an action have the time for it, month by month, beside all that the plans of the district ask."""

from dataclasses import replace
from functools import cached_property

from mtss_analysis.findings.frame_reader import FrameReader
from mtss_analysis.findings.plan.hours import MonthLoad, Workload
from mtss_analysis.findings.plan.plan import Plan, Subject
from mtss_analysis.findings.plan.rows import Action
from mtss_analysis.findings.plan.verdict import Answer
from mtss_analysis.show import count_of


class StaffTime:
    """Months in which an action takes hours of its staff, and whether they have them.

    Parameters
    ----------
    comparison : Comparison
        With the frames of the plan and ``plan_days``.
    plan : Plan
        Of a school or of a district.
    """

    def __init__(self, comparison: FrameReader, *, plan: Plan) -> None:
        self._comparison = comparison
        self._plan = plan

    def answer(self, action: Action) -> Answer:
        """Say whether the staff of an action have the time for it.

        Parameters
        ----------
        action : Action
            Of the plan.

        Returns
        -------
        Answer
            Yes: in every month that the capacity table speaks of, all actions together leave no hours missing. Partly:
            they do in some months. No: in none. Cannot tell: role, hours or dates are not stated, or nobody knows the
            staff's hours.
        """
        months = [load for load in self._loads if any(one == action.action_id for one, _ in load.asked)]
        known = [load for load in months if load.free is not None]
        if not known:
            return self._say_unknown(action)
        short = [load for load in known if load.missing]
        hours = sum(hours for load in known for one, hours in load.asked if one == action.action_id)
        role = (action.staff_role or "staff").replace("_", " ")
        n_months = len({load.month for load in known})
        opening = f"It takes about {hours:.0f} hours of {role} time in {count_of(n_months, 'month')}"
        if not short:
            said = f"{opening}; with all other actions, no hours are missing."
            return Answer(verdict="yes", said=said, source="data")
        n_short = len({load.month for load in short})
        said = f"{opening}; with all other actions, hours are missing in {n_short} of them."
        return Answer(verdict="no" if n_short == n_months else "partly", said=said, source="data")

    @cached_property
    def _loads(self) -> tuple[MonthLoad, ...]:
        """Loads of the plan's own staff, and of the other staff of the district from whom its actions take hours."""
        capacity = self._comparison.frame("plan_capacity")
        own = capacity[capacity["district_id"] == self._plan.subject.district_id]
        schools: list[str | None] = [None, *sorted(set(own["school_id"].dropna()))]
        if self._plan.subject.school_id is not None:
            schools = [None, self._plan.subject.school_id]
        every: list[MonthLoad] = []
        for school_id in schools:
            subject = Subject(
                district_id=self._plan.subject.district_id, school_id=school_id, name=self._plan.subject.name
            )
            every += Workload(self._comparison, plan=replace(self._plan, subject=subject)).list_loads()
        return tuple(every)

    def _say_unknown(self, action: Action) -> Answer:
        if action.staff_role is None or action.staff_hours_per_week is None:
            said = "The plan does not say which staff it takes, and how many hours."
            return Answer(verdict="cannot tell", said=said, source="plan")
        if action.start_date is None or action.end_date is None or action.end_date < action.start_date:
            return Answer(verdict="cannot tell", said="The plan does not say when it runs.", source="plan")
        role = action.staff_role.replace("_", " ")
        said = f"The hours of {role} staff in its months are not known."
        return Answer(verdict="cannot tell", said=said, source="data")
